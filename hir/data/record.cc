#include "hir/data/record.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"

namespace hir {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

absl::StatusOr<Constraint> ParseConstraint(const json& value) {
  if (!value.is_object()) return absl::InvalidArgumentError("must be an object");
  HIR_RETURN_IF_ERROR(OnlyFields(value, {"kind", "arguments", "text", "depends_on"}));
  Constraint constraint;
  HIR_ASSIGN_OR_RETURN(constraint.kind, TextField(value, "kind"));
  HIR_ASSIGN_OR_RETURN(constraint.text, TextField(value, "text"));
  HIR_ASSIGN_OR_RETURN(constraint.arguments,
                       ArgumentsOf(value.value("arguments", json()), "arguments"));
  HIR_ASSIGN_OR_RETURN(constraint.depends_on, IndicesField(value, "depends_on"));
  return constraint;
}

absl::StatusOr<Layout> LayoutField(const json& line) {
  auto it = line.find("layout");
  if (it == line.end()) return absl::InvalidArgumentError("layout is missing");
  if (!it->is_number_integer() || *it < 1 || *it > 6) {
    return absl::InvalidArgumentError(absl::StrCat("layout must be 1 to 6, got ", it->dump()));
  }
  return ParseLayout(it->get<int>());
}

}  // namespace

std::string FormatRecord(const InstructionRecord& record) {
  ordered_json line;
  if (!record.source_id.empty()) line["id"] = record.source_id;
  line["question"] = record.question;
  line["constraints"] = ordered_json::array();
  for (const Constraint& constraint : record.constraints) {
    ordered_json entry;
    entry["kind"] = constraint.kind;
    entry["arguments"] = constraint.arguments;
    entry["text"] = constraint.text;
    if (!constraint.depends_on.empty()) entry["depends_on"] = constraint.depends_on;
    line["constraints"].push_back(std::move(entry));
  }
  line["layout"] = static_cast<int>(record.layout);
  if (record.prompt_is_complete) line["prompt_is_complete"] = true;
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string WhyNotReplayed(const InstructionRecord& record) {
  if (record.prompt_is_complete) {
    return record.whole_because.empty() ? "prompt_is_complete is set" : record.whole_because;
  }
  // A response that fails its only constraint meets none, so no instruction is left that it
  // answers.
  return record.constraints.size() < 2 ? "there is a single constraint" : "";
}

absl::StatusOr<InstructionRecord> ParseRecord(const json& line) {
  HIR_RETURN_IF_ERROR(
      OnlyFields(line, {"id", "question", "constraints", "layout", "prompt_is_complete"}));
  InstructionRecord record;
  HIR_ASSIGN_OR_RETURN(record.source_id, IdField(line, "id"));
  HIR_ASSIGN_OR_RETURN(record.question, TextField(line, "question"));
  HIR_ASSIGN_OR_RETURN(record.layout, LayoutField(line));
  const json complete = line.value("prompt_is_complete", json(false));
  if (!complete.is_boolean()) {
    return absl::InvalidArgumentError("prompt_is_complete must be true or false");
  }
  record.prompt_is_complete = complete.get<bool>();
  HIR_ASSIGN_OR_RETURN(const json constraints, ListField(line, "constraints"));
  for (size_t i = 0; i < constraints.size(); ++i) {
    auto constraint = ParseConstraint(constraints[i]);
    if (!constraint.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("constraints[", i, "]: ", constraint.status().message()));
    }
    if (!record.prompt_is_complete && IsBlank(constraint->text)) {
      return absl::InvalidArgumentError(absl::StrCat("constraints[", i, "]: text is blank"));
    }
    record.constraints.push_back(*std::move(constraint));
  }
  HIR_RETURN_IF_ERROR(CheckDependencies(record.constraints));
  return record;
}

}  // namespace hir
