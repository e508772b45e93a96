#include "hir/data/reader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/data/foreign_records.h"
#include "hir/data/json_fields.h"

namespace hir {
namespace {

using nlohmann::json;

// What every form must have in the end.
absl::Status CheckWhole(const InstructionRecord& record) {
  if (IsBlank(record.question)) return absl::InvalidArgumentError("the question is blank");
  if (record.constraints.empty()) return absl::InvalidArgumentError("there are no constraints");
  return absl::OkStatus();
}

// The record of one line. `form` is settled by the first line that shows one.
absl::StatusOr<InstructionRecord> ParseLine(const std::string& line,
                                            std::optional<RecordForm>& form) {
  HIR_ASSIGN_OR_RETURN(const json value, ParseJson(line));
  if (!form.has_value()) {
    HIR_ASSIGN_OR_RETURN(form, DetectForm(value));
  }
  return ParseRecordOf(*form, value);
}

}  // namespace

std::string_view RecordFormName(RecordForm form) {
  switch (form) {
    case RecordForm::kOurs:
      return "HiR";
    case RecordForm::kIfEval:
      return "IFEval";
    case RecordForm::kHir16k:
      return "HIR-16K";
  }
  return "";
}

absl::StatusOr<RecordForm> DetectForm(const json& line) {
  if (!line.is_object()) return absl::InvalidArgumentError("the line is not a JSON object");
  if (line.contains("question") && line.contains("constraints")) return RecordForm::kOurs;
  if (line.contains("ground_truth") && line.contains("source")) return RecordForm::kHir16k;
  if (line.contains("prompt") && line.contains("instruction_id_list")) return RecordForm::kIfEval;
  return absl::InvalidArgumentError(
      "the fields are neither ours (question, constraints, layout), nor IFEval's (prompt, "
      "instruction_id_list, kwargs), nor HIR-16K's (prompt, source, criteria, ground_truth)");
}

absl::StatusOr<InstructionRecord> ParseRecordOf(RecordForm form, const json& line) {
  if (!line.is_object()) return absl::InvalidArgumentError("the line is not a JSON object");
  absl::StatusOr<InstructionRecord> record = form == RecordForm::kOurs ? ParseRecord(line)
                                             : form == RecordForm::kIfEval
                                                 ? ParseIfEvalRecord(line)
                                                 : ParseHir16kRecord(line);
  if (record.ok()) HIR_RETURN_IF_ERROR(CheckWhole(*record));
  return record;
}

absl::Status VisitInstructions(
    const std::string& path,
    const std::function<absl::Status(int64_t, RecordForm, absl::StatusOr<InstructionRecord>)>&
        visit) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::optional<RecordForm> form;
  int64_t number = 0;
  bool any = false;
  for (absl::string_view piece : absl::StrSplit(text, '\n')) {
    ++number;
    const std::string line(piece);
    if (IsBlank(line)) continue;
    any = true;
    absl::StatusOr<InstructionRecord> record = ParseLine(line, form);
    HIR_RETURN_IF_ERROR(visit(number, form.value_or(RecordForm::kOurs), std::move(record)));
  }
  if (!any) return absl::InvalidArgumentError(absl::StrCat(path, " holds no instruction record"));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<InstructionRecord>> ReadInstructions(
    const std::string& path, const std::function<absl::Status(const InstructionRecord&)>& check) {
  std::vector<InstructionRecord> records;
  HIR_RETURN_IF_ERROR(VisitInstructions(
      path, [&](int64_t line, RecordForm, absl::StatusOr<InstructionRecord> record) {
        const absl::Status status = record.ok() ? check(*record) : record.status();
        if (!status.ok()) {
          return absl::InvalidArgumentError(absl::StrCat(path, ":", line, ": ", status.message()));
        }
        records.push_back(*std::move(record));
        return absl::OkStatus();
      }));
  return records;
}

absl::Status WriteInstructions(const std::string& path,
                               const std::vector<InstructionRecord>& records) {
  std::string text;
  for (const InstructionRecord& record : records)
    absl::StrAppend(&text, FormatRecord(record), "\n");
  return WriteFileAtomically(path, text);
}

}  // namespace hir
