// Reads and checks the records that a run trains on and is evaluated on, before any work starts.
#ifndef HIR_DRIVER_TRAIN_INPUTS_H_
#define HIR_DRIVER_TRAIN_INPUTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/driver/train_data.h"

namespace hir {

struct TrainInputs {
  RunConfig config;  // Paths absolute.
  TrainData train;
  std::vector<SuiteRecords> suites;  // EvalSuitesOf() the configuration.
};

// Reads the files that `config`, which is valid, names. `model_is_here` is false for a ring
// elsewhere with its own model folder; prompts are then not measured. INVALID_ARGUMENT, NOT_FOUND
// or UNAVAILABLE: one sentence naming the file and line, or the field.
absl::StatusOr<TrainInputs> LoadTrainInputs(const RunConfig& config, bool model_is_here);

// How much the run trains and on what, for people: steps, responses, epochs of each file.
std::string Describe(const TrainInputs& inputs);

}  // namespace hir

#endif  // HIR_DRIVER_TRAIN_INPUTS_H_
