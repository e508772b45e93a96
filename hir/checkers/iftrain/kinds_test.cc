// The quirks of the IFTrain checkers, each by name.
#include "hir/checkers/iftrain/kinds.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/check_testing.h"

namespace hir::iftrain {
namespace {

using ::testing::HasSubstr;

constexpr auto Strictly = StrictlyOf<RegisterKinds>;

TEST(IftrainCopy, IgnoresCaseAndWhiteSpaceAtTheEnds) {
  for (const char* kind : {"copy:copy", "copy:copying_simple"}) {
    EXPECT_EQ(Strictly(kind, R"({"prompt_to_repeat": "Say Hi "})", " say hi\n"), "1");
    EXPECT_EQ(Strictly(kind, R"({"prompt_to_repeat": "Say Hi"})", "say  hi"), "0");
    EXPECT_THAT(Strictly(kind, R"({"prompt_to_repeat": ""})", "x"), HasSubstr("not be empty"));
  }
  const char* twice = R"({"prompt_to_repeat": "Hi", "N": 2})";
  EXPECT_EQ(Strictly("copy:copying_multiple", twice, "hi ****** HI"), "1");
  EXPECT_EQ(Strictly("copy:copying_multiple", twice, "hi ****** hi ******"), "0");
}

TEST(IftrainCopy, ASpanIsOfCharactersWithoutItsEnd) {
  const std::string kind = "new:copy_span_idx";
  EXPECT_EQ(Strictly(kind, R"({"prompt_to_repeat": "abcdef", "n_start": 2, "n_end": 4})", "CD"),
            "1");
  EXPECT_EQ(Strictly(kind, R"({"prompt_to_repeat": "abcdef", "n_start": -2, "n_end": 99})", "ef"),
            "1");
  EXPECT_EQ(Strictly(kind, R"({"prompt_to_repeat": "abcdef", "n_start": 4, "n_end": 2})", "x"),
            "0");
  EXPECT_THAT(Strictly(kind, R"({"prompt_to_repeat": "abc", "n_start": 0, "n_end": 2})", "ab"),
              HasSubstr("must not be 0"));
}

TEST(IftrainCopy, EveryRepetitionOfAPhraseHasOneWordReplaced) {
  const std::string kind = "copy:repeat_phrase";
  const std::string arguments = R"({"phrase": "we run so far", "small_n": 2})";
  EXPECT_EQ(Strictly(kind, arguments, "we run too far, we go so far"), "1");
  EXPECT_EQ(Strictly(kind, arguments, "we run so far, we go so far"), "0");
  EXPECT_EQ(Strictly(kind, arguments, "we run very far"), "0");
  EXPECT_EQ(Strictly(kind, arguments, "we\nrun far, we go so far"), "0");
  // The words around are patterns.
  EXPECT_EQ(Strictly(kind, R"({"phrase": "is he here?", "small_n": 1})", "is she here"), "0");
  EXPECT_EQ(Strictly(kind, R"({"phrase": "is he her.", "small_n": 1})", "is he hers"), "1");
  EXPECT_EQ(Strictly(kind, R"({"phrase": "(is) he here", "small_n": 1})", "is she here"), "r");
}

TEST(IftrainWords, TheFirstWordKeepsItsPunctuationAndTheLastLosesIt) {
  EXPECT_EQ(Strictly("first_word:first_word_answer", R"({"first_word": "Well"})", "well then"),
            "1");
  EXPECT_EQ(Strictly("first_word:first_word_answer", R"({"first_word": "Well"})", "Well, then"),
            "0");
  EXPECT_EQ(Strictly("last_word:last_word_answer", R"({"last_word": "dont"})", "No, don't!"), "1");
  EXPECT_EQ(Strictly("first_word:first_word_sent", R"({"first_word": ["It"]})", "It is. it was."),
            "1");
  EXPECT_EQ(Strictly("last_word:last_word_sent", R"({"last_word": "end"})", "The end. No end"),
            "1");
  // The second sentence is empty.
  EXPECT_EQ(Strictly("first_word:first_word_sent", R"({"first_word": "It"})", "It. <stop> It"),
            "0");
  EXPECT_THAT(Strictly("last_word:last_word_sent", R"({"last_word": []})", "x"),
              HasSubstr("list of strings that is not empty"));
}

TEST(IftrainWords, AFinalPeriodIsATokenOfItsOwn) {
  EXPECT_EQ(Strictly("keywords:start_end", "{}", "Yes it is yes"), "1");
  EXPECT_EQ(Strictly("keywords:start_end", "{}", "Yes it is yes."), "0");
  EXPECT_EQ(Strictly("keywords:start_end", "{}", "Yes"), "0");
  EXPECT_EQ(Strictly("count:count_unique", "{}", "One two one"), "1");
  EXPECT_EQ(Strictly("count:count_unique", "{}", "One, two, three"), "0");
}

TEST(IftrainWords, OneLetterIsAPalindrome) {
  EXPECT_EQ(Strictly("keywords:palindrome", "{}", "I saw it"), "1");
  EXPECT_EQ(Strictly("keywords:palindrome", "{}", "noon."), "0");
  EXPECT_EQ(Strictly("keywords:palindrome", "{}", "Noon"), "0");
}

TEST(IftrainWords, NeighboursAreComparedByCodePoint) {
  EXPECT_EQ(Strictly("keywords:no_adjacent_consecutive", "{}", "A bee"), "0");
  EXPECT_EQ(Strictly("keywords:no_adjacent_consecutive", "{}", "B a"), "1");
  EXPECT_EQ(Strictly("keywords:no_adjacent_consecutive", "{}", "1 2"), "0");
  EXPECT_EQ(Strictly("keywords:no_adjacent_consecutive", "{}", "\u0130 x"), "0");
  EXPECT_EQ(Strictly("keywords:no_adjacent_consecutive", "{}", "one"), "1");
}

TEST(IftrainCount, KeywordsArePatternsFoundInsideWords) {
  EXPECT_EQ(Strictly("keywords:word_once", R"({"keyword": " cat "})", "Concatenate"), "1");
  EXPECT_EQ(Strictly("keywords:word_once", R"({"keyword": "c.t"})", "cat cut"), "0");
  EXPECT_EQ(Strictly("keywords:word_once", R"({"keyword": "("})", "x"), "r");
  EXPECT_EQ(Strictly("count:count_increment_word", R"({"keyword1": "a", "keyword2": "b"})", "abB"),
            "1");
  EXPECT_EQ(Strictly("keywords:exclude_word_harder", R"({"keyword": "cat"})", "a cat."), "1");
  EXPECT_EQ(Strictly("keywords:exclude_word_harder", R"({"keyword": "cat"})", "a cat sat"), "0");
}

TEST(IftrainCount, AMissingRelationIsUndecidable) {
  const std::string kind = "keywords:word_count_different_numbers";
  EXPECT_EQ(Strictly(kind, R"({"keyword": "a", "frequency": 2})", "a a"), "r");
  EXPECT_EQ(Strictly(kind, R"({"keyword": "a", "frequency": 2, "relation": "at least"})", "a a"),
            "1");
}

TEST(IftrainCount, AKeywordHasItsCaseAndItsPlaceAmongTokens) {
  const std::string kind = "keywords:keyword_specific_position";
  const std::string arguments = R"({"keyword": "cat", "n": 2, "m": 3})";
  EXPECT_EQ(Strictly(kind, arguments, "Hi. One, cat."), "1");
  EXPECT_EQ(Strictly(kind, arguments, "Hi. One more Cat."), "0");
  EXPECT_EQ(Strictly(kind, arguments, "Hi."), "0");
  EXPECT_EQ(Strictly(kind, R"({"keyword": "cat", "n": -1, "m": 1})", "cat."), "r");
  EXPECT_EQ(ReasonOf<RegisterKinds>(kind, R"({"keyword": "cat", "n": -1, "m": 1})", "cat."),
            "The official checker raises: the place is before the beginning.");
  EXPECT_EQ(Strictly(kind, R"({"keyword": "cat", "n": -1, "m": 1})", "A b. cat. Dog."), "0");
}

TEST(IftrainCount, AnApostropheDividesLowercaseWords) {
  EXPECT_EQ(Strictly("count:lowercase_counting", R"({"N": 1})", "Don't Stop X2y"), "1");
  EXPECT_EQ(Strictly("count:lowercase_counting", R"({"N": 1})", "don't Stop"), "0");
  EXPECT_EQ(Strictly("letters:letter_counting", R"({"N": 2, "relation": "less than"})", "é1a"),
            "1");
  EXPECT_EQ(Strictly("letters:letter_counting", R"({"N": 2, "relation": "at most"})", "a"), "0");
}

TEST(IftrainCount, ABlankPieceAtTheEndSpoilsAComposition) {
  const std::string arguments = R"({"n_sent": 1, "n_words": 2})";
  EXPECT_EQ(Strictly("count:counting_composition", arguments, "A. *** B. *** C."), "1");
  EXPECT_EQ(Strictly("count:counting_composition", arguments, "A. *** B. *** C. ***"), "0");
  EXPECT_EQ(Strictly("count:counting_composition", arguments, "A. *** B b. *** C."), "0");
}

TEST(IftrainFormat, BracketsAreLookedAtByWord) {
  EXPECT_EQ(Strictly("detectable_format:square_brackets", "{}", "[a] [b]"), "1");
  EXPECT_EQ(Strictly("detectable_format:square_brackets", "{}", "[a b]"), "0");
  EXPECT_EQ(Strictly("detectable_format:bigram_wrapping", "{}", "<<a b>> c"), "1");
  EXPECT_EQ(Strictly("detectable_format:bigram_wrapping", "{}", "<<a b>> c d"), "0");
}

TEST(IftrainFormat, AHyphenInsideAWordIsNoJoint) {
  EXPECT_EQ(Strictly("detectable_format:sentence_hyphens", "{}", "One.-Two."), "1");
  EXPECT_EQ(Strictly("detectable_format:sentence_hyphens", "{}", "One. -Two."), "0");
  EXPECT_EQ(Strictly("detectable_format:sentence_hyphens", "{}", "A well-known one."), "0");
}

TEST(IftrainFormat, BlankParagraphsCountOnlyInTheMiddle) {
  EXPECT_EQ(Strictly("paragraphs:paragraphs", "{}", "a *** b ***"), "1");
  EXPECT_EQ(Strictly("paragraphs:paragraphs2", "{}", "a\n\nb\n\n"), "1");
  EXPECT_EQ(Strictly("paragraphs:paragraphs2", "{}", "a\n\n\n\nb"), "0");
  EXPECT_EQ(Strictly("punctuation:punctuation_dot", "{}", "No dots\u3002"), "1");
  EXPECT_EQ(Strictly("punctuation:punctuation_exclamation", "{}", "No!"), "0");
}

}  // namespace
}  // namespace hir::iftrain
