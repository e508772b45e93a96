#include "hir/data/reader.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"

namespace hir {
namespace {

using nlohmann::json;

constexpr char kNoObject[] = "the record is not a JSON object";

// Checks what records of every form must have.
absl::Status CheckWhole(const InstructionRecord& record) {
  if (IsBlank(record.question)) return absl::InvalidArgumentError("the question is blank");
  if (record.constraints.empty()) {
    return absl::InvalidArgumentError(
        "there are no constraints, so nothing decides its reward; give it one, such as "
        "judge:criterion, or leave it out");
  }
  return absl::OkStatus();
}

// The first record whose form is recognised sets `form`.
absl::StatusOr<InstructionRecord> ParseValue(const absl::StatusOr<json>& value, StoredPrompt use,
                                             std::optional<RecordForm>& form) {
  if (!value.ok()) return value.status();
  if (!form.has_value()) {
    HIR_ASSIGN_OR_RETURN(form, DetectForm(*value));
  }
  return ParseRecordOf(*form, *value, use);
}

bool HasAll(const json& line, std::initializer_list<const char*> names) {
  return std::all_of(names.begin(), names.end(),
                     [&line](const char* name) { return line.contains(name); });
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
    case RecordForm::kIfRlvr:
      return "IF-RLVR";
    case RecordForm::kVerl:
      return "verl";
    case RecordForm::kMulDimIf:
      return "MulDimIF";
  }
  return "";
}

absl::StatusOr<RecordForm> DetectForm(const json& line) {
  if (!line.is_object()) return absl::InvalidArgumentError(kNoObject);
  if (HasAll(line, {"reward_model", "prompt"})) return RecordForm::kVerl;
  if (HasAll(line, {"ground_truth", "messages"})) return RecordForm::kIfRlvr;
  if (HasAll(line, {"ground_truth", "source"})) return RecordForm::kHir16k;
  if (HasAll(line, {"conversations", "constraints"})) return RecordForm::kMulDimIf;
  if (HasAll(line, {"prompt", "instruction_id_list"})) return RecordForm::kIfEval;
  if (HasAll(line, {"question", "constraints"})) return RecordForm::kOurs;
  if (HasAll(line, {"ground_truth", "prompt"})) return RecordForm::kIfRlvr;
  return absl::InvalidArgumentError(
      "the fields are neither ours (question, constraints, layout), nor IFEval's (prompt, "
      "instruction_id_list, kwargs), HIR-16K's (prompt, source, criteria, ground_truth), IF-RLVR's "
      "(messages, ground_truth), verl's (prompt, reward_model) or MulDimIF's (conversations, "
      "constraints)");
}

absl::StatusOr<InstructionRecord> ParseRecordOf(RecordForm form, const json& line,
                                                StoredPrompt use) {
  if (!line.is_object()) return absl::InvalidArgumentError(kNoObject);
  absl::StatusOr<InstructionRecord> record;
  switch (form) {
    case RecordForm::kOurs:
      record = ParseRecord(line);
      break;
    case RecordForm::kIfEval:
      record = ParseIfEvalRecord(line);
      break;
    case RecordForm::kHir16k:
      record = ParseHir16kRecord(line, use);
      break;
    case RecordForm::kIfRlvr:
      record = ParseIfRlvrRecord(line, use);
      break;
    case RecordForm::kVerl:
      record = ParseVerlRecord(line, use);
      break;
    case RecordForm::kMulDimIf:
      record = ParseMulDimIfRecord(line, use);
      break;
  }
  if (record.ok()) HIR_RETURN_IF_ERROR(CheckWhole(*record));
  return record;
}

absl::Status VisitInstructions(const std::string& path, StoredPrompt use,
                               const RecordVisitor& visit) {
  std::optional<RecordForm> form;
  bool any = false;
  HIR_RETURN_IF_ERROR(
      VisitValues(path, [&](const DataPlace& place, const absl::StatusOr<json>& value) {
        any = true;
        absl::StatusOr<InstructionRecord> record = ParseValue(value, use, form);
        return visit(place, form.value_or(RecordForm::kOurs), std::move(record));
      }));
  if (!any) return absl::InvalidArgumentError(absl::StrCat(path, " holds no instruction record"));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<InstructionRecord>> ReadInstructions(const std::string& path,
                                                                StoredPrompt use,
                                                                const RecordCheck& check) {
  std::vector<InstructionRecord> records;
  HIR_RETURN_IF_ERROR(VisitInstructions(
      path, use, [&](const DataPlace& place, RecordForm, absl::StatusOr<InstructionRecord> record) {
        const absl::Status status = record.ok() ? check(place, *record) : record.status();
        if (!status.ok()) {
          return absl::InvalidArgumentError(absl::StrCat(At(path, place), ": ", status.message()));
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
