// Constraints on the words and letters of a response.
#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

#include "hir/data/catalog.h"

namespace hir {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

const Words& CommonWords() {
  static const auto& words =
      *new Words{"morning", "water",  "friend", "light",  "garden", "simple", "family", "strong",
                 "summer",  "happy",  "quiet",  "music",  "travel", "future", "window", "bread",
                 "silver",  "energy", "school", "animal", "nature", "winter", "market", "story",
                 "health",  "street", "colour", "memory", "dream",  "journey"};
  return words;
}

const Words& AvoidableWords() {
  static const auto& words =
      *new Words{"very",    "really",    "thing",   "things",    "good",     "great",
                 "nice",    "important", "also",    "however",   "always",   "never",
                 "because", "different", "many",    "several",   "often",    "actually",
                 "perhaps", "overall",   "finally", "therefore", "moreover", "additionally"};
  return words;
}

// The words of the task that carry its topic, in lower case.
Words TaskWords(const std::string& task) {
  static const auto& plain = *new std::set<std::string>{
      "about",   "advise",   "after",   "announcement", "another",      "argue",    "asking",
      "between", "beginner", "better",  "compare",      "conversation", "describe", "discuss",
      "does",    "email",    "essay",   "every",        "explain",      "facts",    "ideas",
      "invent",  "letter",   "never",   "people",       "recipe",       "reasons",  "short",
      "should",  "someone",  "story",   "suggest",      "summarize",    "their",    "there",
      "things",  "through",  "those",   "today",        "using",        "wants",    "where",
      "which",   "while",    "without", "write",        "writing",      "would",    "your"};
  Words words;
  std::string word;
  for (char c : task + " ") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (word.size() >= 5 && plain.count(word) == 0) words.push_back(word);
    word.clear();
  }
  return words;
}

// Usually a word of the task, sometimes a common one.
std::string Keyword(const DrawContext& context) {
  const Words words = TaskWords(context.task);
  if (words.empty() || context.random.Below(4) == 0) return context.OneOf(CommonWords());
  return context.OneOf(words);
}

json DistinctWords(int count, const std::function<std::string()>& draw) {
  json words = json::array();
  for (int tries = 0; tries < 20 * count && words.size() < static_cast<size_t>(count); ++tries) {
    const std::string word = draw();
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

json DrawExistence(const DrawContext& context) {
  const int count = context.Between(1, context.easy ? 2 : 4);
  return {{"keywords", DistinctWords(count, [&] { return Keyword(context); })}};
}

json DrawForbidden(const DrawContext& context) {
  const int count = context.Between(1, context.easy ? 3 : 5);
  return {
      {"forbidden_words", DistinctWords(count, [&] { return context.OneOf(AvoidableWords()); })}};
}

bool DrawLess(const DrawContext& context) { return context.random.Below(3) == 0; }

json FrequencyOf(const std::string& keyword, bool less, const DrawContext& context) {
  return {{"keyword", keyword},
          {"frequency", less ? context.Between(2, 4) : context.Between(2, context.easy ? 3 : 6)},
          {"relation", less ? "less than" : "at least"}};
}

json DrawFrequency(const DrawContext& context) {
  const bool less = DrawLess(context);
  return FrequencyOf(Keyword(context), less, context);
}

json DrawLetter(const DrawContext& context) {
  static const auto& rare = *new Words{"j", "k", "q", "v", "x", "z"};
  static const auto& usual = *new Words{"a", "c", "d", "e", "h", "l", "m", "n", "o", "r", "s", "t"};
  const bool less = context.random.Below(2) == 0;
  return {{"letter", context.OneOf(less ? rare : usual)},
          {"let_frequency", less ? context.Between(3, 8) : context.Between(5, 25)},
          {"let_relation", less ? "less than" : "at least"}};
}

constexpr char kExistence[] = "keywords:existence";
constexpr char kFrequency[] = "keywords:frequency";

}  // namespace

std::optional<Constraint> DrawFrequencyOf(const Constraint& existence, size_t index,
                                          const DrawContext& context) {
  static const auto& wordings =
      *new Words{"Use that word at least {frequency|time}.",
                 "It must appear {frequency|time} or more.", "Say it at least {frequency|time}."};
  static const auto& less_wordings = *new Words{"Use that word less than {frequency|time}.",
                                                "It must appear fewer than {frequency|time}.",
                                                "Keep it to less than {frequency|time}."};
  if (existence.kind != kExistence || existence.arguments.at("keywords").size() != 1) {
    return std::nullopt;
  }
  const bool less = DrawLess(context);
  Constraint constraint = {.kind = kFrequency, .depends_on = {index}};
  constraint.arguments =
      FrequencyOf(existence.arguments.at("keywords")[0].get<std::string>(), less, context);
  constraint.text =
      FillWording(context.OneOf(less ? less_wordings : wordings), constraint.arguments);
  return constraint;
}

std::vector<ConstraintTemplate> WordTemplates() {
  return {
      {kExistence,
       5,
       8,
       DrawExistence,
       {"Use {keywords} somewhere in your answer.", "Your answer must contain {keywords}.",
        "Make sure to mention {keywords}.", "Work {keywords} into the text."},
       {}},
      {"keywords:forbidden_words",
       5,
       8,
       DrawForbidden,
       {"Do not use {forbidden_words} anywhere.", "Your answer must not contain {forbidden_words}.",
        "Avoid the use of {forbidden_words}.", "Stay away from {forbidden_words} in your answer."},
       {}},
      {kFrequency,
       4,
       3,
       DrawFrequency,
       {"Use the word \"{keyword}\" at least {frequency|time}.",
        "The word \"{keyword}\" must appear {frequency|time} or more.",
        "Say \"{keyword}\" at least {frequency|time} in your answer."},
       {"Use the word \"{keyword}\" less than {frequency|time}.",
        "The word \"{keyword}\" must appear fewer than {frequency|time}.",
        "Keep the word \"{keyword}\" to less than {frequency|time}."}},
      {"keywords:letter_frequency",
       3,
       3,
       DrawLetter,
       {"The letter \"{letter}\" must appear at least {let_frequency|time}.",
        "Use the letter \"{letter}\" {let_frequency|time} or more.",
        "In your answer, the letter \"{letter}\" should occur at least {let_frequency|time}."},
       {"The letter \"{letter}\" must appear less than {let_frequency|time}.",
        "Use the letter \"{letter}\" fewer than {let_frequency|time}.",
        "In your answer, the letter \"{letter}\" should occur less than {let_frequency|time}."}},
  };
}

}  // namespace hir
