// Constraints on case, language, punctuation, beginning and end, and on the answer as a whole.
#include "hir/data/catalog.h"

namespace hir {
namespace {

using nlohmann::json;

json DrawCapitals(const DrawContext& context) {
  const bool less = context.random.Below(2) == 0;
  return {{"capital_frequency", less ? context.Between(3, 12) : context.Between(2, 8)},
          {"capital_relation", less ? "less than" : "at least"}};
}

json DrawLanguage(const DrawContext& context) {
  static const auto& codes = *new std::vector<std::string>{"ar", "de", "es", "fi", "fr", "hi", "it",
                                                           "ko", "pl", "pt", "ru", "sw", "vi"};
  return {{"language", context.OneOf(codes)}};
}

json DrawRepeat(const DrawContext& context) { return {{"prompt_to_repeat", context.task}}; }

json DrawEnd(const DrawContext& context) {
  static const auto& phrases = *new std::vector<std::string>{
      "Thank you for reading.",        "That is all for today.",       "Hope this helps!",
      "And that is the whole story.",  "Have a wonderful day!",        "What do you think?",
      "Let me know if you need more.", "Now it is your turn.",         "The end.",
      "Good luck, my friend!",         "Take care, and see you soon.", "This is where I stop."};
  return {{"end_phrase", context.OneOf(phrases)}};
}

}  // namespace

std::vector<ConstraintTemplate> StyleTemplates() {
  return {
      {"change_case:capital_word_frequency",
       3,
       2,
       DrawCapitals,
       {"At least {capital_frequency|word} must be written in all capital letters.",
        "Write {capital_frequency} or more words in ALL CAPS.",
        "Use words in all capital letters at least {capital_frequency|time}."},
       {"Less than {capital_frequency|word} may be written in all capital letters.",
        "Write fewer than {capital_frequency|word} in ALL CAPS.",
        "Use words in all capital letters less than {capital_frequency|time}."}},
      {"change_case:english_capital",
       3,
       2,
       DrawNothing,
       {"Write the entire answer in English and in capital letters only.",
        "Use only capital letters, and answer in English.",
        "Your whole answer must be in English with every letter a capital."},
       {}},
      {"change_case:english_lowercase",
       4,
       8,
       DrawNothing,
       {"Write the entire answer in English and in lowercase letters. No capital letters are "
        "allowed.",
        "Use only lowercase letters, and answer in English.",
        "Your whole answer must be in English without a single capital letter."},
       {}},
      {"combination:two_responses",
       2,
       0,
       DrawNothing,
       {"Give two different answers with six asterisks (******) between them.",
        "Write two answers that differ and put ****** between them and nowhere else.",
        "Answer twice in different ways, with a line of ****** between the two answers."},
       {}},
      {"combination:repeat_prompt",
       2,
       2,
       DrawRepeat,
       {"First repeat this request word for word, then give your answer: {prompt_to_repeat}",
        "Begin by copying the following line exactly, then answer it: {prompt_to_repeat}",
        "Before you answer, say the request again without any change. The request to repeat is: "
        "{prompt_to_repeat}"},
       {}},
      {"language:response_language",
       3,
       0,
       DrawLanguage,
       {"Write the whole answer in {language}; no other language is allowed.",
        "Answer only in {language}.", "Your entire answer must be in the {language} language."},
       {}},
      {"punctuation:no_comma",
       5,
       10,
       DrawNothing,
       {"Do not use any commas.", "Your answer must not contain a single comma.",
        "Write without commas.", "Refrain from using commas anywhere."},
       {}},
      {"startend:end_checker",
       4,
       6,
       DrawEnd,
       {"Finish your answer with this exact phrase: \"{end_phrase}\" Nothing may follow it.",
        "The last words of your answer must be exactly: \"{end_phrase}\"",
        "End with the sentence \"{end_phrase}\" and add nothing after it."},
       {}},
      {"startend:quotation",
       4,
       8,
       DrawNothing,
       {"Wrap your entire answer in double quotation marks.",
        "Put the whole answer inside double quotation marks.",
        "Your answer must begin and end with a double quotation mark."},
       {}},
  };
}

}  // namespace hir
