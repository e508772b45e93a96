// The demands of RLVR-IFeval for which IFEval has no kind.
#include "hir/checkers/rlvr/kinds.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/check_testing.h"

namespace hir::rlvr {
namespace {

using ::testing::HasSubstr;

constexpr auto Strictly = StrictlyOf<RegisterKinds>;

TEST(Rlvr, AKeywordStandsExactlySoOftenAsAWholeWord) {
  const std::string kind = "rlvr:keyword_frequency";
  const std::string twice = R"({"keyword": "Sea", "frequency": 2})";
  EXPECT_EQ(Strictly(kind, twice, "The sea, the SEA and a seagull."), "1");
  EXPECT_EQ(Strictly(kind, twice, "sea sea sea"), "0");
  EXPECT_EQ(Strictly(kind, twice, "sea"), "0");
  EXPECT_EQ(Strictly(kind, R"({"keyword": "x", "frequency": 0})", "y"), "1");
  EXPECT_THAT(Strictly(kind, R"({"keyword": "", "frequency": 0})", "y"), HasSubstr("not be empty"));
  EXPECT_THAT(Strictly(kind, R"({"keyword": "x", "frequency": -1})", "y"), HasSubstr("-1"));
}

TEST(Rlvr, ALetterStandsExactlySoOftenInItsCase) {
  const std::string kind = "rlvr:letter_frequency";
  EXPECT_EQ(Strictly(kind, R"({"letter": "l", "frequency": 3})", "Hello, world, L"), "1");
  EXPECT_EQ(Strictly(kind, R"({"letter": "l", "frequency": 2})", "Hello, world"), "0");
  EXPECT_THAT(Strictly(kind, R"({"letter": "ll", "frequency": 2})", "x"),
              HasSubstr("one character"));
}

TEST(Rlvr, ParagraphsLieBetweenSpacedStars) {
  const std::string kind = "rlvr:number_paragraphs";
  const std::string two = R"({"num_paragraphs": 2})";
  EXPECT_EQ(Strictly(kind, two, "a\n* * *\nb"), "1");
  EXPECT_EQ(Strictly(kind, two, "a\n***\nb"), "0");
  EXPECT_EQ(Strictly(kind, two, "a\n* * *\n"), "0");
  EXPECT_EQ(Strictly(kind, two, "a * * * b * * * c"), "0");
}

TEST(Rlvr, AroundIsATenthForWordsAndOneForSentences) {
  const std::string words = "rlvr:number_words";
  const auto relation = [](const std::string& name, int number, const std::string& word) {
    return "{\"" + name + "\": " + std::to_string(number) + ", \"relation\": \"" + word + "\"}";
  };
  EXPECT_EQ(Strictly(words, relation("num_words", 3, "around"), "a b c d"), "1");
  EXPECT_EQ(Strictly(words, relation("num_words", 3, "around"), "a b c d e"), "0");
  // 2.5 is rounded to 2.
  std::string text;
  for (int i = 0; i < 27; ++i) text += "w ";
  EXPECT_EQ(Strictly(words, relation("num_words", 25, "around"), text), "1");
  EXPECT_EQ(Strictly(words, relation("num_words", 25, "around"), text + "w"), "0");
  EXPECT_EQ(Strictly(words, relation("num_words", 3, "at most"), "a b c"), "1");
  EXPECT_EQ(Strictly(words, relation("num_words", 3, "at most"), "a b c d"), "0");
  EXPECT_EQ(Strictly(words, relation("num_words", 3, "at least"), "a b"), "0");
  EXPECT_THAT(Strictly(words, relation("num_words", 3, "less than"), "a"), HasSubstr("at most"));
  const std::string sentences = "rlvr:number_sentences";
  EXPECT_EQ(Strictly(sentences, relation("num_sentences", 1, "around"), "One. Two."), "1");
  EXPECT_EQ(Strictly(sentences, relation("num_sentences", 1, "around"), "One. Two. Three."), "0");
}

TEST(Rlvr, CapitalWordsAreRunsOfCapitals) {
  const std::string kind = "rlvr:capital_words";
  const std::string most = R"({"frequency": 2, "relation": "at most"})";
  EXPECT_EQ(Strictly(kind, most, "I SAY Nothing"), "1");
  EXPECT_EQ(Strictly(kind, most, "I SAY NO thing"), "0");
  EXPECT_EQ(Strictly(kind, R"({"frequency": 1, "relation": "at least"})", "A1 É no"), "0");
}

TEST(Rlvr, AChoiceIsFoundAnywhereInItsCase) {
  const std::string kind = "rlvr:choice";
  const std::string options = R"({"options": ["yes", "no"]})";
  EXPECT_EQ(Strictly(kind, options, "Well, no."), "1");
  EXPECT_EQ(Strictly(kind, options, "Well, NO."), "0");
  EXPECT_THAT(Strictly(kind, R"({"options": []})", "x"), HasSubstr("not be empty"));
}

}  // namespace
}  // namespace hir::rlvr
