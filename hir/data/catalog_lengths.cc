// Constraints on the length of a response and on its paragraphs.
#include "hir/data/catalog.h"

namespace hir {
namespace {

using nlohmann::json;

json DrawWords(const DrawContext& context) {
  const bool less = context.random.Below(2) == 0;
  const int tens = context.easy ? (less ? context.Between(6, 15) : context.Between(2, 6))
                                : (less ? context.Between(4, 40) : context.Between(3, 30));
  return {{"num_words", 10 * tens}, {"relation", less ? "less than" : "at least"}};
}

json DrawSentences(const DrawContext& context) {
  const bool less = context.random.Below(2) == 0;
  const int count = context.easy ? (less ? context.Between(5, 12) : context.Between(2, 4))
                                 : (less ? context.Between(3, 20) : context.Between(2, 15));
  return {{"num_sentences", count}, {"relation", less ? "less than" : "at least"}};
}

json DrawParagraphs(const DrawContext& context) {
  return {{"num_paragraphs", context.Between(2, context.easy ? 3 : 6)}};
}

json DrawFirstWord(const DrawContext& context) {
  static const auto& words = *new std::vector<std::string>{
      "today", "once",  "imagine", "perhaps", "many",     "people", "there",
      "every", "first", "when",    "some",    "although", "later",  "nobody"};
  const int paragraphs = context.Between(2, 5);
  return {{"num_paragraphs", paragraphs},
          {"nth_paragraph", context.Between(1, paragraphs)},
          {"first_word", context.OneOf(words)}};
}

}  // namespace

std::vector<ConstraintTemplate> LengthTemplates() {
  return {
      {"length_constraints:number_words",
       5,
       8,
       DrawWords,
       {"Write at least {num_words} words.", "Your answer should have {num_words} or more words.",
        "Use at least {num_words} words in total."},
       {"Write less than {num_words} words.",
        "Your answer should have fewer than {num_words} words.",
        "Keep the whole answer under {num_words} words."}},
      {"length_constraints:number_sentences",
       5,
       8,
       DrawSentences,
       {"Write at least {num_sentences|sentence}.",
        "Your answer should contain {num_sentences} or more sentences.",
        "Use at least {num_sentences|sentence} in total."},
       {"Write less than {num_sentences|sentence}.",
        "Your answer should contain fewer than {num_sentences|sentence}.",
        "Stay below {num_sentences|sentence} in total."}},
      {"length_constraints:number_paragraphs",
       3,
       2,
       DrawParagraphs,
       {"Write exactly {num_paragraphs|paragraph} with the markdown divider *** between them.",
        "Your answer must have {num_paragraphs|paragraph}. Put *** between one paragraph and the "
        "next.",
        "Split the answer into {num_paragraphs|paragraph} with a line of *** between them."},
       {}},
      {"length_constraints:nth_paragraph_first_word",
       2,
       0,
       DrawFirstWord,
       {"Write {num_paragraphs|paragraph} with a blank line between them. Paragraph "
        "{nth_paragraph} must begin with the word \"{first_word}\".",
        "There should be {num_paragraphs|paragraph}, parted by two line breaks, and paragraph "
        "number {nth_paragraph} must start with \"{first_word}\".",
        "Use exactly {num_paragraphs|paragraph} and nothing else but blank lines between them. "
        "Begin paragraph {nth_paragraph} with the word \"{first_word}\"."},
       {}},
  };
}

}  // namespace hir
