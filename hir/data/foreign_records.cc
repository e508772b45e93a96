#include "hir/data/foreign_records.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"

namespace hir {
namespace {

using nlohmann::json;

constexpr int kNumberedRules = 3;
constexpr std::string_view kJudged = "[llm]";

absl::StatusOr<std::string> TextAt(const json& list, const char* name, size_t i) {
  if (!list[i].is_string()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, "[", i, "] must be a text, got ", list[i].dump().substr(0, 80)));
  }
  return list[i].get<std::string>();
}

absl::Status SameLength(const char* name, const json& list, const char* other, size_t size) {
  if (list.size() == size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " has ", list.size(), " entries, ", other, " has ", size));
}

// Constraints of `instruction_id_list` and `kwargs` in `object`, without texts.
absl::StatusOr<std::vector<ConstraintText>> ParseIdsAndArguments(const json& object) {
  HIR_ASSIGN_OR_RETURN(const json ids, ListField(object, "instruction_id_list"));
  HIR_ASSIGN_OR_RETURN(const json kwargs, ListField(object, "kwargs"));
  HIR_RETURN_IF_ERROR(SameLength("kwargs", kwargs, "instruction_id_list", ids.size()));
  std::vector<ConstraintText> constraints(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    HIR_ASSIGN_OR_RETURN(constraints[i].kind, TextAt(ids, "instruction_id_list", i));
    HIR_ASSIGN_OR_RETURN(constraints[i].arguments,
                         ArgumentsOf(kwargs[i], absl::StrCat("kwargs[", i, "]").c_str()));
  }
  return constraints;
}

absl::StatusOr<std::vector<ConstraintText>> ParseMulDimIf(const json& truth) {
  HIR_ASSIGN_OR_RETURN(const json triples, ListField(truth, "constraints"));
  std::vector<ConstraintText> constraints(triples.size());
  for (size_t i = 0; i < triples.size(); ++i) {
    const json& triple = triples[i];
    if (!triple.is_array() || triple.size() != 3 ||
        !std::all_of(triple.begin(), triple.end(), [](const json& v) { return v.is_string(); })) {
      return absl::InvalidArgumentError(
          absl::StrCat("ground_truth.constraints[", i, "] must be three texts"));
    }
    constraints[i].kind =
        absl::StrCat("muldimif:", triple[0].get<std::string>(), "/", triple[1].get<std::string>());
    constraints[i].arguments = {{"text", triple[2]}};
  }
  return constraints;
}

absl::StatusOr<std::vector<ConstraintText>> ParseVerIf(const json& truth) {
  HIR_ASSIGN_OR_RETURN(const json checkers, ListField(truth, "checker"));
  HIR_ASSIGN_OR_RETURN(const json functions, ListField(truth, "functions"));
  HIR_RETURN_IF_ERROR(SameLength("functions", functions, "checker", checkers.size()));
  std::vector<ConstraintText> constraints(checkers.size());
  for (size_t i = 0; i < checkers.size(); ++i) {
    HIR_ASSIGN_OR_RETURN(const std::string checker, TextAt(checkers, "checker", i));
    const bool rule = absl::StartsWith(checker, "[rule]");
    if (!rule && !absl::StartsWith(checker, std::string(kJudged))) {
      return absl::InvalidArgumentError(absl::StrCat("ground_truth.checker[", i,
                                                     "] must begin with [rule] or [llm], got ",
                                                     checker.substr(0, 40)));
    }
    if (rule) {
      HIR_ASSIGN_OR_RETURN(const std::string source, TextAt(functions, "functions", i));
      constraints[i].kind = "python:check_following";
      constraints[i].arguments = {{"source", source}};
    } else {
      const std::string_view criterion = std::string_view(checker).substr(kJudged.size());
      constraints[i].kind = "judge:criterion";
      constraints[i].arguments = {
          {"criterion", std::string(absl::StripAsciiWhitespace(std::string(criterion)))}};
    }
  }
  return constraints;
}

// HIR-16K writes the relation of these two kinds under a shorter name at times.
void RenameRelation(ConstraintText& constraint) {
  const char* name = constraint.kind == "change_case:capital_word_frequency" ? "capital_relation"
                     : constraint.kind == "keywords:letter_frequency"        ? "let_relation"
                                                                             : nullptr;
  json& arguments = constraint.arguments;
  if (name == nullptr || arguments.contains(name) || !arguments.contains("relation")) return;
  arguments[name] = arguments["relation"];
  arguments.erase("relation");
}

absl::StatusOr<std::vector<ConstraintText>> ParseGroundTruth(const std::string& source,
                                                             const json& truth) {
  if (!truth.is_object()) return absl::InvalidArgumentError("ground_truth must be an object");
  if (source == "type1" || source == "type2") {
    HIR_ASSIGN_OR_RETURN(std::vector<ConstraintText> constraints, ParseIdsAndArguments(truth));
    for (ConstraintText& constraint : constraints) RenameRelation(constraint);
    return constraints;
  }
  if (source == "type3") return ParseMulDimIf(truth);
  if (source == "type4") return ParseVerIf(truth);
  return absl::InvalidArgumentError(
      absl::StrCat("source must be type1, type2, type3 or type4, got \"", source, "\""));
}

// The text of `prompt`: itself, or the last user turn of its chat messages.
absl::StatusOr<std::string> PromptText(const json& line) {
  auto it = line.find("prompt");
  if (it == line.end() || !it->is_array()) return TextField(line, "prompt");
  for (auto message = it->rbegin(); message != it->rend(); ++message) {
    if (message->is_object() && message->value("role", json()) == "user") {
      return TextField(*message, "content");
    }
  }
  return absl::InvalidArgumentError("prompt holds no user message");
}

}  // namespace

absl::StatusOr<InstructionRecord> ParseIfEvalRecord(const json& line) {
  InstructionRecord record;
  HIR_ASSIGN_OR_RETURN(record.id, IdField(line, "key"));
  HIR_ASSIGN_OR_RETURN(record.question, TextField(line, "prompt"));
  HIR_ASSIGN_OR_RETURN(record.constraints, ParseIdsAndArguments(line));
  record.prompt_is_complete = true;
  return record;
}

absl::StatusOr<InstructionRecord> ParseHir16kRecord(const json& line) {
  InstructionRecord record;
  HIR_ASSIGN_OR_RETURN(record.id, IdField(line, "id"));
  HIR_ASSIGN_OR_RETURN(const std::string source, TextField(line, "source"));
  json truth = line.value("ground_truth", json());
  if (truth.is_string()) {
    truth = json::parse(truth.get<std::string>(), nullptr, /*allow_exceptions=*/false);
  }
  HIR_ASSIGN_OR_RETURN(record.constraints, ParseGroundTruth(source, truth));
  HIR_ASSIGN_OR_RETURN(const json criteria, ListField(line, "criteria"));
  HIR_RETURN_IF_ERROR(SameLength("criteria", criteria, "ground_truth", record.constraints.size()));

  const bool bare_question = line.contains("question");
  if (bare_question) {
    HIR_ASSIGN_OR_RETURN(record.question, TextField(line, "question"));
  } else {
    HIR_ASSIGN_OR_RETURN(record.question, PromptText(line));
  }
  record.layout = kNumberedRules;
  record.prompt_is_complete = !bare_question;
  for (size_t i = 0; i < criteria.size(); ++i) {
    HIR_ASSIGN_OR_RETURN(record.constraints[i].text, TextAt(criteria, "criteria", i));
    if (IsBlank(record.constraints[i].text)) {
      return absl::InvalidArgumentError(absl::StrCat("criteria[", i, "] is blank"));
    }
    if (!absl::StrContains(record.question, record.constraints[i].text)) {
      record.prompt_is_complete = false;
    }
  }
  return record;
}

}  // namespace hir
