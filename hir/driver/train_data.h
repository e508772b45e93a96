// Reads the instructions that a run trains on and is evaluated on.
#ifndef HIR_DRIVER_TRAIN_DATA_H_
#define HIR_DRIVER_TRAIN_DATA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/driver/train_tasks.h"
#include "hir/evaluation/prompt_length.h"

namespace hir {

struct TrainData {
  std::vector<InstructionRecord> records;  // File after file.
  std::vector<FileShare> files;            // As in data.train.
  std::vector<std::string> notes;          // For the user; one sentence each.
};

// Reads the files of data.train. Prompts above PromptLength::TrainLimit() are refused, all of them
// named, or left out and counted (data.overlong); if `lengths` is null, because the tokenizer is
// not on this machine, nothing is measured. INVALID_ARGUMENT: a record that can't be trained on, a
// file with no records left, or hindsight.mode is not off and no record can be replayed; errors of
// ReadCheckedInstructions().
absl::StatusOr<TrainData> LoadTrainData(const RunConfig& config, const PromptLength* lengths);

// Instructions that a run is evaluated on.
struct SuiteRecords {
  EvalSuite suite;
  std::vector<InstructionRecord> records;
};

// Reads the first `suite.prompts` records of its file, or all. Prompts above
// PromptLength::AnsweredLimit(), which would end the run once it evaluates, are refused or left out
// as above; what is left out is said in `notes`. Errors as above.
absl::StatusOr<SuiteRecords> LoadSuite(const EvalSuite& suite, const RunConfig& config,
                                       const PromptLength* lengths,
                                       std::vector<std::string>& notes);

}  // namespace hir

#endif  // HIR_DRIVER_TRAIN_DATA_H_
