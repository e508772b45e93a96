#include "hir/data/rlvr_functions.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"

namespace hir {
namespace {

using nlohmann::json;

struct Argument {
  const char* theirs;
  const char* ours;
};

struct Function {
  const char* name;
  const char* kind;
  std::vector<Argument> arguments;
};

// The kinds are IFEval's where the demand is the same, and rlvr:... where IFEval has no such kind
// (exactly N, around N, at most N; paragraphs between "* * *"; given options).
const std::array<Function, 25>& Functions() {
  static const auto* const functions = new std::array<Function, 25>{{
      {"verify_keywords", "keywords:existence", {{"keyword_list", "keywords"}}},
      {"verify_keyword_frequency",
       "rlvr:keyword_frequency",
       {{"word", "keyword"}, {"N", "frequency"}}},
      {"validate_forbidden_words",
       "keywords:forbidden_words",
       {{"forbidden_words", "forbidden_words"}}},
      {"verify_letter_frequency",
       "rlvr:letter_frequency",
       {{"letter", "letter"}, {"N", "frequency"}}},
      {"validate_response_language", "language:response_language", {{"language", "language"}}},
      {"verify_paragraph_count", "rlvr:number_paragraphs", {{"N", "num_paragraphs"}}},
      {"validate_word_constraint",
       "rlvr:number_words",
       {{"N", "num_words"}, {"quantifier", "relation"}}},
      {"verify_sentence_constraint",
       "rlvr:number_sentences",
       {{"N", "num_sentences"}, {"quantifier", "relation"}}},
      {"validate_paragraphs",
       "length_constraints:nth_paragraph_first_word",
       {{"N", "num_paragraphs"}, {"i", "nth_paragraph"}, {"first_word", "first_word"}}},
      {"verify_postscript",
       "detectable_content:postscript",
       {{"postscript_marker", "postscript_marker"}}},
      {"validate_placeholders",
       "detectable_content:number_placeholders",
       {{"N", "num_placeholders"}}},
      {"verify_bullet_points", "detectable_format:number_bullet_lists", {{"N", "num_bullets"}}},
      {"validate_title", "detectable_format:title", {}},
      {"validate_choice", "rlvr:choice", {{"options", "options"}}},
      {"validate_highlighted_sections",
       "detectable_format:number_highlighted_sections",
       {{"N", "num_highlights"}}},
      {"validate_sections",
       "detectable_format:multiple_sections",
       {{"N", "num_sections"}, {"section_splitter", "section_spliter"}}},
      {"validate_json_format", "detectable_format:json_format", {}},
      {"validate_repeat_prompt",
       "combination:repeat_prompt",
       {{"original_prompt", "prompt_to_repeat"}}},
      {"validate_two_responses", "combination:two_responses", {}},
      {"validate_uppercase", "change_case:english_capital", {}},
      {"validate_lowercase", "change_case:english_lowercase", {}},
      {"validate_frequency_capital_words",
       "rlvr:capital_words",
       {{"N", "frequency"}, {"quantifier", "relation"}}},
      {"validate_end", "startend:end_checker", {{"end_phrase", "end_phrase"}}},
      {"validate_quotation", "startend:quotation", {}},
      {"validate_no_commas", "punctuation:no_comma", {}},
  }};
  return *functions;
}

// IFEval's keywords are patterns, RLVR-IFeval's are texts.
void EscapeAll(json& texts) {
  for (json& text : texts) {
    if (!text.is_string()) continue;
    std::string escaped;
    for (const char c : text.get<std::string>()) {
      if (absl::ascii_ispunct(c)) escaped += '\\';
      escaped += c;
    }
    text = escaped;
  }
}

}  // namespace

absl::StatusOr<Constraint> ParseFunctionCall(const json& truth) {
  HIR_ASSIGN_OR_RETURN(const std::string name, TextField(truth, "func_name"));
  const auto& functions = Functions();
  const auto function = std::find_if(functions.begin(), functions.end(),
                                     [&name](const Function& f) { return name == f.name; });
  if (function == functions.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "func_name is ", Shown(name), ", which is not one of open-instruct's 25 IFEval functions"));
  }
  Constraint constraint{.kind = function->kind, .arguments = json::object()};
  for (const Argument& argument : function->arguments) {
    const json value = truth.value(argument.theirs, json());
    if (value.is_null()) {
      return absl::InvalidArgumentError(
          absl::StrCat(argument.theirs, ", which ", name, " needs, is missing"));
    }
    constraint.arguments[argument.ours] = value;
  }
  for (const char* patterns : {"keywords", "forbidden_words"}) {
    if (constraint.arguments.contains(patterns)) EscapeAll(constraint.arguments[patterns]);
  }
  return constraint;
}

}  // namespace hir
