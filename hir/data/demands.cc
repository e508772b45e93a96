#include "hir/data/demands.h"

#include <algorithm>
#include <climits>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace hir {
namespace {

using nlohmann::json;

int Number(const Constraint& constraint, const char* name) {
  return constraint.arguments.value(name, 0);
}

std::string Text(const Constraint& constraint, const char* name) {
  return constraint.arguments.value(name, std::string());
}

bool IsLess(const Constraint& constraint) { return MostAllowed(constraint) != INT_MAX; }

bool HoldsIgnoringCase(const std::string& text, const std::string& piece) {
  return absl::StrContains(absl::AsciiStrToLower(text), absl::AsciiStrToLower(piece));
}

int CountWords(const std::string& text) {
  const std::vector<std::string> words = absl::StrSplit(text, ' ', absl::SkipWhitespace());
  return static_cast<int>(words.size());
}

// By kind, the text argument that a response must contain literally.
const std::map<std::string, const char*>& LiteralArguments() {
  static const auto& names = *new std::map<std::string, const char*>{
      {"startend:end_checker", "end_phrase"},
      {"detectable_content:postscript", "postscript_marker"},
      {"detectable_format:multiple_sections", "section_spliter"},
      {"length_constraints:nth_paragraph_first_word", "first_word"},
      {"combination:repeat_prompt", "prompt_to_repeat"},
  };
  return names;
}

// Words and sentences per thing that an argument counts: a section needs a heading and a sentence.
struct Cost {
  const char* argument;
  int words;
  int sentences_percent;  // Hundredths of a sentence.
};

const std::map<std::string, Cost>& Costs() {
  static const auto& costs = *new std::map<std::string, Cost>{
      {"keywords:frequency", {"frequency", 2, 0}},
      {"keywords:letter_frequency", {"let_frequency", 1, 0}},
      {"change_case:capital_word_frequency", {"capital_frequency", 2, 0}},
      {"length_constraints:number_paragraphs", {"num_paragraphs", 8, 100}},
      {"length_constraints:nth_paragraph_first_word", {"num_paragraphs", 8, 100}},
      {"length_constraints:number_sentences", {"num_sentences", 5, 100}},
      {"length_constraints:number_words", {"num_words", 1, 4}},
      {"detectable_content:number_placeholders", {"num_placeholders", 2, 0}},
      {"detectable_format:number_bullet_lists", {"num_bullets", 4, 100}},
      {"detectable_format:number_highlighted_sections", {"num_highlights", 2, 0}},
      {"detectable_format:multiple_sections", {"num_sections", 8, 100}},
  };
  return costs;
}

}  // namespace

std::vector<std::string> DemandedTexts(const Constraint& constraint) {
  if (constraint.kind == "keywords:existence") {
    return constraint.arguments.value("keywords", std::vector<std::string>());
  }
  if (constraint.kind == "keywords:frequency" && !IsLess(constraint)) {
    return {Text(constraint, "keyword")};
  }
  if (constraint.kind == "detectable_format:constrained_response") return {"My answer is"};
  auto it = LiteralArguments().find(constraint.kind);
  if (it == LiteralArguments().end()) return {};
  return {Text(constraint, it->second)};
}

bool Forbids(const Constraint& constraint, const std::string& text) {
  if (constraint.kind == "punctuation:no_comma") return absl::StrContains(text, ",");
  if (constraint.kind == "change_case:english_capital") {
    // Only section headings are matched case-sensitively.
    return text == "Section" || text == "Part" || text == "Chapter" || text == "Step";
  }
  if (constraint.kind == "keywords:frequency" && IsLess(constraint)) {
    return HoldsIgnoringCase(text, Text(constraint, "keyword"));
  }
  if (constraint.kind == "keywords:forbidden_words") {
    const auto words = constraint.arguments.value("forbidden_words", std::vector<std::string>());
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return HoldsIgnoringCase(text, word); });
  }
  return false;
}

int DemandedWords(const Constraint& constraint) {
  if (IsLess(constraint)) return 0;
  int words = 0;
  for (const std::string& text : DemandedTexts(constraint)) words += CountWords(text) + 1;
  auto it = Costs().find(constraint.kind);
  if (it != Costs().end()) words += it->second.words * Number(constraint, it->second.argument);
  if (constraint.kind == "combination:two_responses") words += 12;
  if (constraint.kind == "detectable_format:title") words += 3;
  return words;
}

int DemandedSentences(const Constraint& constraint) {
  if (IsLess(constraint)) return 0;
  auto it = Costs().find(constraint.kind);
  if (it != Costs().end()) {
    return it->second.sentences_percent * Number(constraint, it->second.argument) / 100;
  }
  if (constraint.kind == "combination:two_responses") return 2;
  const bool adds_one = constraint.kind == "startend:end_checker" ||
                        constraint.kind == "detectable_content:postscript" ||
                        constraint.kind == "combination:repeat_prompt";
  return adds_one ? 1 : 0;
}

int MostAllowed(const Constraint& constraint) {
  static constexpr const char* kRelations[] = {"relation", "let_relation", "capital_relation"};
  static constexpr const char* kBounds[] = {"num_words", "num_sentences", "frequency",
                                            "let_frequency", "capital_frequency"};
  const bool less = std::any_of(std::begin(kRelations), std::end(kRelations),
                                [&](auto* name) { return Text(constraint, name) == "less than"; });
  if (!less) return INT_MAX;
  for (const char* name : kBounds) {
    if (constraint.arguments.contains(name)) return Number(constraint, name) - 1;
  }
  return INT_MAX;
}

}  // namespace hir
