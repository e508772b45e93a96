// Reads instructions from files of six forms, told apart by their fields:
//
//   ours        question, constraints, layout                       (docs/data.md)
//   IFEval      prompt, instruction_id_list, kwargs, optional key
//   HIR-16K     source, ground_truth, criteria, prompt and/or question, optional id
//   IF-RLVR     messages, ground_truth; RLVR-IFeval's rows are the same with func_name in it
//   verl        prompt, reward_model
//   MulDimIF    conversations, constraints
//
// as JSON Lines, one JSON array, or Parquet (data_file.h). All records of a file have one form.
#ifndef HIR_DATA_READER_H_
#define HIR_DATA_READER_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/data/data_file.h"
#include "hir/data/foreign_records.h"
#include "hir/data/record.h"
#include "nlohmann/json.hpp"

namespace hir {

// The forms of records that are read.
enum class RecordForm { kOurs, kIfEval, kHir16k, kIfRlvr, kVerl, kMulDimIf };

// "HiR" (ours), "IFEval", "HIR-16K", "IF-RLVR", "verl" or "MulDimIF".
std::string_view RecordFormName(RecordForm form);

// Recognises the form by the fields. INVALID_ARGUMENT: not an object, or of no known form.
absl::StatusOr<RecordForm> DetectForm(const nlohmann::json& line);

// Reads one record of the given form. INVALID_ARGUMENT names the field and what is wrong with it.
absl::StatusOr<InstructionRecord> ParseRecordOf(RecordForm form, const nlohmann::json& line,
                                                StoredPrompt use);

using RecordVisitor = std::function<absl::Status(const DataPlace& place, RecordForm form,
                                                 absl::StatusOr<InstructionRecord> record)>;

// Calls `visit` for every record until one call fails. A record that can't be read is visited with
// its error, without file name and place. Errors of VisitValues(); INVALID_ARGUMENT: the file has
// no records.
absl::Status VisitInstructions(const std::string& path, StoredPrompt use,
                               const RecordVisitor& visit);

using RecordCheck =
    std::function<absl::Status(const DataPlace& place, const InstructionRecord& record)>;

// Reads all records of a file and passes each to `check`. INVALID_ARGUMENT "FILE:LINE: what is
// wrong" for the first record that can't be read or that `check` refuses; errors of
// VisitInstructions().
absl::StatusOr<std::vector<InstructionRecord>> ReadInstructions(const std::string& path,
                                                                StoredPrompt use,
                                                                const RecordCheck& check);

// Writes records in HiR's own form, completely or not at all. UNAVAILABLE: the file can't be
// written.
absl::Status WriteInstructions(const std::string& path,
                               const std::vector<InstructionRecord>& records);

}  // namespace hir

#endif  // HIR_DATA_READER_H_
