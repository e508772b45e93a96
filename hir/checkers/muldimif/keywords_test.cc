// The quirks of MulDimIF's keyword rules, each by name.
#include <string>

#include "gtest/gtest.h"
#include "hir/checkers/muldimif/sentence_testing.h"

namespace hir::muldimif {
namespace {

std::string On(const std::string& sentence, const std::string& text) {
  return OnSentence("muldimif:Content/Keywords", sentence, text);
}

TEST(MuldimifKeywords, FindsWholeWordsInAnyLetterCase) {
  EXPECT_EQ(On("Must include the keyword 'key'", "The KEY."), "1");
  EXPECT_EQ(On("Must include the keyword 'key'", "keys"), "0");
  EXPECT_EQ(On("Must include the keyword 'C++'", "C++ code"), "1");
  EXPECT_EQ(On("Must include the keyword 'init'", "\u0130n\u0131t"), "1");
  EXPECT_EQ(On("No keyword is named", "x"), "1");
}

TEST(MuldimifKeywords, FindsChineseWordsAnywhere) {
  EXPECT_EQ(On("必须包含'小明'", "今天小明上学了"), "1");
  EXPECT_EQ(On("該句必須包含關鍵詞「代表」", "代"), "0");
}

TEST(MuldimifKeywords, CountsHowOftenEachIsThere) {
  EXPECT_EQ(On("Must include 'a' at least twice", "a, a"), "1");
  EXPECT_EQ(On("Must include 'a' and 'b' at least 2 times", "a a b"), "0");
  EXPECT_EQ(On("The names \"\"A b\"\" and \"\"C\"\" must appear multiple times", "a b c A B C"),
            "1");
  EXPECT_EQ(On("at least 3 words long, include 'a'", "a b c"), "1");
  EXPECT_EQ(On("at least 3 words long, include 'a'", "a b"), "0");
}

TEST(MuldimifKeywords, OneIsEnoughWhereTheSentenceSaysOr) {
  EXPECT_EQ(On("Must include 'a' or 'b'", "b"), "1");
  EXPECT_EQ(On("Must include 'a' or 'b'", "c"), "0");
  EXPECT_EQ(On("Must include 'a' and 'b'", "b"), "0");
}

TEST(MuldimifKeywords, ReadsOnlyDoubledQuotesWhereThereAreSome) {
  EXPECT_EQ(On("\"Include \"\"AI\"\" but not 'x'\"", "AI"), "1");
  EXPECT_EQ(On("Must include the keyword \"\"Wendy's\"\"", "Wendy"), "0");
}

TEST(MuldimifKeywords, ExcludesTheFirstQuotedWord) {
  EXPECT_EQ(On("Avoid using the term 'a' or 'b'", "b"), "1");
  EXPECT_EQ(On("the keyword 'a' must be avoided", "A"), "0");
}

TEST(MuldimifKeywords, IncludesAndAvoidsAsPartsOfWords) {
  const std::string sentence = "includes the keyword 'cat' and avoids the keyword 'dog'";
  EXPECT_EQ(On(sentence, "category"), "1");
  EXPECT_EQ(On(sentence, "Category"), "0");
  EXPECT_EQ(On(sentence, "cat dogma"), "0");
}

TEST(MuldimifKeywords, AsksForAKeywordWhereItsTopicIsDiscussed) {
  const std::string sentence =
      "If discussing the housing/property laws of it, the summary must include the keyword 'rule'.";
  EXPECT_EQ(On(sentence, "nothing"), "1");
  EXPECT_EQ(On(sentence, "the property laws of it"), "0");
  EXPECT_EQ(On(sentence, "the housing laws of it: rules"), "1");
}

TEST(MuldimifKeywords, LimitsWordsAndLooksAtTheirCase) {
  EXPECT_EQ(On("'a' is included and does not exceed three words", "a b c"), "1");
  EXPECT_EQ(On("'a' is included and does not exceed three words", "a b c d"), "0");
  EXPECT_EQ(On("is a single word, includes 'a'", "a b"), "0");
  EXPECT_EQ(On("must use capitalized letters for each word, include 'a'", "A B"), "1");
  EXPECT_EQ(On("must use capitalized letters for each word, include 'a'", "A b"), "0");
  EXPECT_EQ(On("must include 'a' and must end with a period", "a"), "0");
}

TEST(MuldimifKeywords, ALimitThatIsNoNumberRaisesOnceItIsCompared) {
  EXPECT_EQ(On("at least some words, include 'a'", "a"), "r");
  EXPECT_EQ(On("at least some words, must end with period, include 'a'", "a"), "0");
}

TEST(MuldimifKeywordsOfEach, ChecksEveryItemOfAList) {
  const std::string sentence = "Each item must include the keyword 'a'";
  EXPECT_EQ(On(sentence, "1. a\n2. b a"), "1");
  EXPECT_EQ(On(sentence, "- a\n- b"), "0");
  EXPECT_EQ(On("Each item includes the keyword 'a'", "- a"), "0");
}

TEST(MuldimifKeywordsOfEach, ChecksEverySection) {
  const std::string sentence = "every section should include the keyword 'a'";
  EXPECT_EQ(On(sentence, "a\n---\nx a\n***\na"), "1");
  EXPECT_EQ(On(sentence, "a\n---\nx"), "0");
  EXPECT_EQ(On(sentence, "---"), "0");
}

TEST(MuldimifKeywordsOfEach, ChecksTheColumnThatTheTargetNames) {
  const std::string table = "| Day | Main plan |\n|---|---|\n| one | a |\n| two | ## A b |";
  EXPECT_EQ(On("Each plan must include the keyword 'a'", table), "1");
  EXPECT_EQ(On("Each day must include the keyword 'a'", table), "0");
  // Without a name, the one with most words.
  EXPECT_EQ(On("Each entry must include the keyword 'a'", table), "1");
}

TEST(MuldimifKeywordsOfEach, ChecksEveryMemberOfJsonAsPythonWritesIt) {
  EXPECT_EQ(On("Each value must include the keyword 'a'", R"({"x": "a", "y": ["b", {"a": 1}]})"),
            "1");
  EXPECT_EQ(On("Each value must include the keyword 'None'", "[[null], null]"), "1");
  EXPECT_EQ(On("Each value must include the keyword 'a'", "{}"), "0");
  EXPECT_EQ(On("Each value must include the keyword 'a'", "{"), "0");
  EXPECT_EQ(On("Each value must include the keyword 'a'", std::string(2000, '[')), "r");
}

TEST(MuldimifKeywords, TheReasonNamesALimitThatIsNotANumber) {
  EXPECT_EQ(ReasonOnSentence("muldimif:Content/Keywords", "at least some words, include 'a'", "a"),
            "The official checker raises: the constraint's limit on words is not a number.");
}

}  // namespace
}  // namespace hir::muldimif
