// Reads instructions from JSONL files of three forms, told apart by their fields:
//
//   ours           question, constraints, layout                       (docs/data.md)
//   IFEval/IF-RLVR prompt, instruction_id_list, kwargs, optional key
//   HIR-16K raw    prompt, source, criteria, ground_truth, optional id
//
// All lines of a file have one form. Blank lines are skipped.
#ifndef HIR_DATA_READER_H_
#define HIR_DATA_READER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/data/record.h"
#include "nlohmann/json.hpp"

namespace hir {

enum class RecordForm { kOurs, kIfEval, kHir16k };

// "HiR" (ours), "IFEval" or "HIR-16K".
std::string_view RecordFormName(RecordForm form);

// Tells the form by the fields. INVALID_ARGUMENT: not an object, or none of the three.
absl::StatusOr<RecordForm> DetectForm(const nlohmann::json& line);

// Reads one line of the given form. INVALID_ARGUMENT names the field and what is wrong with it.
absl::StatusOr<InstructionRecord> ParseRecordOf(RecordForm form, const nlohmann::json& line);

// Calls `visit` for every line that is not blank, with its number from 1, until one call fails.
// A line that can't be read is visited with its error, without file name and line number.
// NOT_FOUND, UNAVAILABLE: the file can't be read; INVALID_ARGUMENT: it holds no record at all.
absl::Status VisitInstructions(
    const std::string& path,
    const std::function<absl::Status(int64_t line, RecordForm form,
                                     absl::StatusOr<InstructionRecord> record)>& visit);

// All records of a file, each tried by `check`. INVALID_ARGUMENT "FILE:LINE: what is wrong" for the
// first bad line, also when it is `check` that refuses it, and the errors of VisitInstructions().
absl::StatusOr<std::vector<InstructionRecord>> ReadInstructions(
    const std::string& path, const std::function<absl::Status(const InstructionRecord&)>& check);

// Writes our own form, whole or not at all. UNAVAILABLE: the file can't be written.
absl::Status WriteInstructions(const std::string& path,
                               const std::vector<InstructionRecord>& records);

}  // namespace hir

#endif  // HIR_DATA_READER_H_
