// Checkers of words, letters, case, language and length.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/check_testing.h"
#include "hir/checkers/ifeval/kinds.h"

namespace hir::ifeval {
namespace {

using ::testing::HasSubstr;

constexpr auto Strictly = StrictlyOf<RegisterKinds>;

std::string Existence(std::string_view keywords, std::string_view text) {
  return Strictly("keywords:existence", "{\"keywords\": " + std::string(keywords) + "}", text);
}

TEST(KeywordsExistence, FindsKeywordsInsideWordsAndInAnyCase) {
  EXPECT_EQ(Existence(R"(["cat", "dog"])", "CONCATENATE the Dogma"), "1");
  EXPECT_EQ(Existence(R"(["cat", "dog"])", "cat"), "0");
}

TEST(KeywordsExistence, TakesKeywordsAsPatterns) {
  EXPECT_EQ(Existence(R"(["a.c"])", "abc"), "1");
  EXPECT_EQ(Existence(R"(["a\\.c"])", "abc"), "0");
}

TEST(KeywordsExistence, IsUndecidableOnlyWhenItReachesABrokenPattern) {
  EXPECT_EQ(Existence(R"(["(", "zebra"])", "zebra"), "r");
  EXPECT_EQ(Existence(R"(["z(", "apple"])", "no fruit"), "0");  // "apple" sorts first and fails.
  EXPECT_EQ(Existence(R"j(["(?=a)"])j", "a"), "r");
}

TEST(KeywordsExistence, WantsAtLeastOneKeyword) {
  EXPECT_THAT(Existence("[]", "a"), HasSubstr("must not be empty"));
}

std::string Forbidden(std::string_view words, std::string_view text) {
  return Strictly("keywords:forbidden_words", "{\"forbidden_words\": " + std::string(words) + "}",
                  text);
}

TEST(KeywordsForbiddenWords, FailsOnWholeWordsOnly) {
  EXPECT_EQ(Forbidden(R"(["cat"])", "concat cats"), "1");
  EXPECT_EQ(Forbidden(R"(["cat"])", "a CAT!"), "0");
  EXPECT_EQ(Forbidden(R"(["cat"])", "cat\xC3\xA9"), "1");  // An accented letter is a word's.
}

TEST(KeywordsForbiddenWords, IsUndecidableOnlyWhenItReachesABrokenPattern) {
  EXPECT_EQ(Forbidden(R"(["a", "b("])", "a"), "0");
  EXPECT_EQ(Forbidden(R"(["a", "b("])", "c"), "r");
}

std::string Frequency(int count, const std::string& relation, std::string_view text) {
  return Strictly("keywords:frequency",
                  "{\"keyword\": \" ha \", \"frequency\": " + std::to_string(count) +
                      ", \"relation\": \"" + relation + "\"}",
                  text);
}

TEST(KeywordsFrequency, CountsHitsOfTheStrippedKeyword) {
  EXPECT_EQ(Frequency(3, "at least", "hahaHA"), "1");
  EXPECT_EQ(Frequency(3, "less than", "hahaHA"), "0");
  EXPECT_EQ(Frequency(4, "less than", "hahaHA"), "1");
}

TEST(KeywordsFrequency, KnowsTwoRelationsAndNoNegativeCount) {
  EXPECT_THAT(Frequency(1, "at most", "ha"), HasSubstr("\"relation\" = \"at most\""));
  EXPECT_THAT(Frequency(-1, "at least", "ha"), HasSubstr("it must be at least 0"));
}

std::string Letter(const std::string& letter, std::string_view text) {
  return Strictly(
      "keywords:letter_frequency",
      "{\"letter\": \"" + letter + "\", \"let_frequency\": 2, \"let_relation\": \"at least\"}",
      text);
}

TEST(KeywordsLetterFrequency, CountsOneLetterInEitherCase) {
  EXPECT_EQ(Letter("E", "e E"), "1");
  EXPECT_EQ(Letter("e", "e \xC3\xA9"), "0");
}

TEST(KeywordsLetterFrequency, IsUndecidableForWhatIsNoLetterOfTheAlphabet) {
  EXPECT_EQ(Letter("#", "##"), "r");
  EXPECT_EQ(Letter("\xC3\xA9", "\xC3\xA9\xC3\xA9"), "r");
  EXPECT_THAT(Letter("ab", "abab"), HasSubstr("it must be one character"));
}

TEST(ResponseLanguage, ComparesWhatLangdetectSays) {
  const std::string german =
      "Das ist ein ganz gew\xC3\xB6hnlicher deutscher Satz mit vielen W\xC3\xB6rtern darin.";
  EXPECT_EQ(Strictly("language:response_language", R"({"language": "de"})", german), "1");
  EXPECT_EQ(Strictly("language:response_language", R"({"language": "en"})", german), "0");
}

TEST(ResponseLanguage, PassesATextOfNoLanguage) {
  EXPECT_EQ(Strictly("language:response_language", R"({"language": "th"})", "123 456"), "1");
}

TEST(ResponseLanguage, KnowsTheLanguagesOfIfevalOnly) {
  EXPECT_THAT(Strictly("language:response_language", R"({"language": "zh"})", "a"),
              HasSubstr("\"language\" = \"zh\""));
}

TEST(EnglishCase, NeedsTheCaseAndTheLanguage) {
  const std::string small = "this is a perfectly ordinary english sentence about the weather";
  EXPECT_EQ(Strictly("change_case:english_lowercase", "{}", small), "1");
  EXPECT_EQ(Strictly("change_case:english_lowercase", "{}", small + " I"), "0");
  EXPECT_EQ(Strictly("change_case:english_capital", "{}", "THIS IS AN ENGLISH SENTENCE ABOUT IT"),
            "1");
  EXPECT_EQ(Strictly("change_case:english_lowercase", "{}",
                     "das ist ein ganz normaler deutscher satz mit vielen worten darin"),
            "0");
}

TEST(CapitalWords, CountsTokensOfCapitals) {
  const auto check = [](int count) {
    return Strictly("change_case:capital_word_frequency",
                    "{\"capital_frequency\": " + std::to_string(count) +
                        ", \"capital_relation\": \"at least\"}",
                    "The U.S. and I met B2, HELLO-YOU; no Ab.");
  };
  EXPECT_EQ(check(4), "1");
  EXPECT_EQ(check(5), "0");
}

TEST(NumberSentences, CountsPunktSentences) {
  const auto check = [](int count) {
    return Strictly(
        "length_constraints:number_sentences",
        "{\"num_sentences\": " + std::to_string(count) + ", \"relation\": \"at least\"}",
        "Dr. Smith came at 5 p.m. yesterday. He left! Why?");
  };
  EXPECT_EQ(check(3), "1");
  EXPECT_EQ(check(4), "0");
}

TEST(NumberWords, CountsRunsOfWordCharacters) {
  const auto check = [](std::string_view text) {
    return Strictly("length_constraints:number_words",
                    R"({"num_words": 3, "relation": "less than"})", text);
  };
  EXPECT_EQ(check("one two"), "1");
  EXPECT_EQ(check("don't go"), "0");
}

std::string Paragraphs(int count, std::string_view text) {
  return Strictly("length_constraints:number_paragraphs",
                  "{\"num_paragraphs\": " + std::to_string(count) + "}", text);
}

TEST(NumberParagraphs, LeavesBlankEdgesOutButNoBlankMiddle) {
  EXPECT_EQ(Paragraphs(2, "a\n***\nb"), "1");
  EXPECT_EQ(Paragraphs(2, "***\na *** b\n***\n"), "1");
  EXPECT_EQ(Paragraphs(2, "a\n***\n\n***\nb"), "0");
  EXPECT_EQ(Paragraphs(2, "a****b"), "1");
}

std::string FirstWord(int paragraphs, int nth, const std::string& word, std::string_view text) {
  return Strictly("length_constraints:nth_paragraph_first_word",
                  "{\"num_paragraphs\": " + std::to_string(paragraphs) + ", \"nth_paragraph\": " +
                      std::to_string(nth) + ", \"first_word\": \"" + word + "\"}",
                  text);
}

TEST(NthParagraphFirstWord, CutsTheWordAtPunctuation) {
  EXPECT_EQ(FirstWord(2, 2, "Hello", "a\n\n'\"HELLO, you"), "1");
  EXPECT_EQ(FirstWord(2, 2, "it", "a\n\nit's"), "1");
  EXPECT_EQ(FirstWord(2, 2, "hello", "a\n\n*hello*"), "0");
}

TEST(NthParagraphFirstWord, CountsWithoutBlankPiecesButIndexesWithThem) {
  EXPECT_EQ(FirstWord(2, 2, "b", "a\n\n\n\nb"), "0");  // The second piece is blank.
  EXPECT_EQ(FirstWord(2, 1, "a", "a\n\n\n\nb"), "1");
  EXPECT_EQ(FirstWord(1, 1, "a", "a\n\nb"), "0");
}

TEST(NthParagraphFirstWord, RejectsAPlaceBehindTheLastParagraph) {
  EXPECT_THAT(FirstWord(2, 3, "x", "a"), HasSubstr("must not be above num_paragraphs"));
  EXPECT_THAT(FirstWord(2, 0, "x", "a"), HasSubstr("must be at least 1"));
}

TEST(NoComma, KnowsTheAsciiCommaOnly) {
  EXPECT_EQ(Strictly("punctuation:no_comma", "{}", "a\xEF\xBC\x8C b"), "1");
  EXPECT_EQ(Strictly("punctuation:no_comma", "{}", "a, b"), "0");
}

}  // namespace
}  // namespace hir::ifeval
