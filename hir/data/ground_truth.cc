#include "hir/data/ground_truth.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"
#include "hir/data/python_literal.h"
#include "hir/data/rlvr_functions.h"

namespace hir {
namespace {

using nlohmann::json;
using Constraints = std::vector<Constraint>;

constexpr std::string_view kRule = "[rule]", kJudged = "[llm]";

absl::StatusOr<Constraints> ParseIdsUnder(const json& object, const char* ids_name) {
  HIR_ASSIGN_OR_RETURN(const json ids, ListField(object, ids_name));
  HIR_ASSIGN_OR_RETURN(const json kwargs, ListField(object, "kwargs"));
  HIR_RETURN_IF_ERROR(SameLength("kwargs", kwargs, ids_name, ids.size()));
  Constraints constraints(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    HIR_ASSIGN_OR_RETURN(constraints[i].kind, TextAt(ids, ids_name, i));
    HIR_ASSIGN_OR_RETURN(constraints[i].arguments,
                         ArgumentsOf(kwargs[i], absl::StrCat("kwargs[", i, "]").c_str()));
  }
  return constraints;
}

// In some data sets the relation of these two kinds sometimes has a shorter name.
void RenameRelation(Constraint& constraint) {
  const char* name = constraint.kind == "change_case:capital_word_frequency" ? "capital_relation"
                     : constraint.kind == "keywords:letter_frequency"        ? "let_relation"
                                                                             : nullptr;
  json& arguments = constraint.arguments;
  if (name == nullptr || arguments.contains(name) || !arguments.contains("relation")) return;
  arguments[name] = arguments["relation"];
  arguments.erase("relation");
}

absl::StatusOr<Constraints> ParseVerIf(const json& truth) {
  HIR_ASSIGN_OR_RETURN(const json checkers, ListField(truth, "checker"));
  HIR_ASSIGN_OR_RETURN(const json functions, ListField(truth, "functions"));
  HIR_RETURN_IF_ERROR(SameLength("functions", functions, "checker", checkers.size()));
  Constraints constraints(checkers.size());
  for (size_t i = 0; i < checkers.size(); ++i) {
    HIR_ASSIGN_OR_RETURN(const std::string checker, TextAt(checkers, "checker", i));
    if (absl::StartsWith(checker, std::string(kRule))) {
      HIR_ASSIGN_OR_RETURN(const std::string source, TextAt(functions, "functions", i));
      constraints[i].kind = "python:check_following";
      constraints[i].arguments = {{"source", source}};
    } else if (absl::StartsWith(checker, std::string(kJudged))) {
      constraints[i].kind = "judge:criterion";
      constraints[i].arguments = {
          {"criterion", std::string(absl::StripAsciiWhitespace(checker.substr(kJudged.size())))}};
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("checker[", i, "] must begin with [rule] or [llm], got ", Shown(checker)));
    }
  }
  return constraints;
}

absl::StatusOr<Constraints> ParseObject(const json& truth) {
  for (const char* ids : {"instruction_id_list", "instruction_id"}) {
    if (!truth.contains(ids)) continue;
    json lists = truth;
    if (lists[ids].is_string()) lists[ids] = json::array({lists[ids]});
    if (lists.contains("kwargs") && lists["kwargs"].is_object()) {
      lists["kwargs"] = json::array({lists["kwargs"]});
    }
    HIR_ASSIGN_OR_RETURN(Constraints constraints, ParseIdsUnder(lists, ids));
    for (Constraint& constraint : constraints) RenameRelation(constraint);
    return constraints;
  }
  if (truth.contains("func_name")) {
    HIR_ASSIGN_OR_RETURN(Constraint constraint, ParseFunctionCall(truth));
    return Constraints{std::move(constraint)};
  }
  if (truth.contains("constraints")) return ParseTriples(truth);
  if (truth.contains("checker")) return ParseVerIf(truth);
  return absl::InvalidArgumentError(absl::StrCat(
      "needs instruction_id_list, func_name, constraints or checker, got ", Shown(truth)));
}

absl::StatusOr<json> ParseText(const std::string& text) {
  if (absl::StatusOr<json> value = ParseRecordJson(text); value.ok()) return value;
  absl::StatusOr<json> literal = ParsePythonLiteral(text);
  if (literal.ok()) return literal;
  return absl::InvalidArgumentError(absl::StrCat("is neither JSON nor a Python literal (",
                                                 literal.status().message(), "), got ",
                                                 Shown(text)));
}

absl::StatusOr<Constraints> ParseValue(const json& truth);

// An object, or a text that holds a ground truth: some data sets write the entries of a list as
// texts.
absl::StatusOr<Constraints> ParsePart(const json& part) {
  if (part.is_object()) return ParseObject(part);
  if (!part.is_string()) {
    return absl::InvalidArgumentError(absl::StrCat("must list objects, got ", Shown(part)));
  }
  HIR_ASSIGN_OR_RETURN(const json value, ParseText(part.get<std::string>()));
  return ParseValue(value);
}

absl::StatusOr<Constraints> ParseValue(const json& truth) {
  if (truth.is_object()) return ParseObject(truth);
  if (!truth.is_array()) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be an object, a list of them, or a text of one, got ", Shown(truth)));
  }
  Constraints all;
  for (const json& part : truth) {
    HIR_ASSIGN_OR_RETURN(const Constraints constraints, ParsePart(part));
    all.insert(all.end(), constraints.begin(), constraints.end());
  }
  return all;
}

}  // namespace

absl::StatusOr<Constraints> ParseIdsAndArguments(const json& object) {
  return ParseIdsUnder(object, "instruction_id_list");
}

absl::StatusOr<Constraints> ParseTriples(const json& object) {
  HIR_ASSIGN_OR_RETURN(const json triples, ListField(object, "constraints"));
  Constraints constraints(triples.size());
  for (size_t i = 0; i < triples.size(); ++i) {
    const json& triple = triples[i];
    if (!triple.is_array() || triple.size() != 3 ||
        !std::all_of(triple.begin(), triple.end(), [](const json& v) { return v.is_string(); })) {
      return absl::InvalidArgumentError(absl::StrCat("constraints[", i, "] must be three texts"));
    }
    constraints[i].kind =
        absl::StrCat("muldimif:", triple[0].get<std::string>(), "/", triple[1].get<std::string>());
    constraints[i].arguments = {{"text", triple[2]}};
  }
  return constraints;
}

absl::StatusOr<Constraints> ParseGroundTruth(const json& truth) {
  absl::StatusOr<json> value = truth;
  if (truth.is_string()) value = ParseText(truth.get<std::string>());
  absl::StatusOr<Constraints> constraints =
      value.ok() ? ParseValue(*value) : absl::StatusOr<Constraints>(value.status());
  if (constraints.ok()) return constraints;
  return absl::InvalidArgumentError(absl::StrCat("ground_truth: ", constraints.status().message()));
}

}  // namespace hir
