// The quirks of MulDimIF's rules on lengths, each by name.
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "hir/checkers/muldimif/sentence_testing.h"

namespace hir::muldimif {
namespace {

std::string Words(std::string_view sentence, std::string_view response) {
  return OnSentence("muldimif:Length/Words", sentence, response);
}
std::string Paragraphs(std::string_view sentence, std::string_view response) {
  return OnSentence("muldimif:Length/Paragraphs", sentence, response);
}
std::string Sentences(std::string_view sentence, std::string_view response) {
  return OnSentence("muldimif:Length/Sentences", sentence, response);
}

TEST(MuldimifWords, AreCountedBetweenWhiteSpace) {
  EXPECT_EQ(Words("at most 2 words", "one-two, - "), "1");
  EXPECT_EQ(Words("at most 2 words", "one - two"), "0");
}

TEST(MuldimifWords, OneFullWidthCharacterTurnsTheCountIntoOneOfThese) {
  EXPECT_EQ(Words("at least 3 words", "one two three four"), "1");
  EXPECT_EQ(Words("at least 3 words", "one two three four。"), "0");
  EXPECT_EQ(Words("答案应包含最多2个字", "三个字"), "0");
  EXPECT_EQ(Words("润色后的句子必须在3个单词以内", "三个字"), "1");
  EXPECT_EQ(Words("字數需介於2到3字之間", "字"), "0");
}

TEST(MuldimifWords, ExactlyIsAboutWordsWhateverStandsBehindItAndNothingElseCounts) {
  EXPECT_EQ(Words("exactly two lines and at least 5 words", "a b"), "1");
  EXPECT_EQ(Words("exactly 'two' words", "a two"), "1");  // Not read, but a keyword.
  EXPECT_EQ(Words("Exactly 1,0 words", "a b c d e f g h i j"), "1");
  EXPECT_EQ(Words("The answer must be a single word", "two words"), "0");
}

TEST(MuldimifWords, NumberWordsAddUpInAnyOrder) {
  EXPECT_EQ(Words("exactly two-three words", "a b c d e"), "1");
  EXPECT_EQ(Words("exactly zero words", ""), "1");
  EXPECT_EQ(Words("at least hundred words", "a"), "0");
  EXPECT_EQ(Words("at least a thousand words", "a"), "1");
}

TEST(MuldimifWords, ARangeMayBeginWithItsLargerNumber) {
  EXPECT_EQ(Words("between 3 and 1 words", "a b"), "1");
  EXPECT_EQ(Words("between 3 and 1 words", "a b c d"), "0");
}

TEST(MuldimifWords, ARangeIsReadFromAnyHyphen) {
  EXPECT_EQ(Words("a 2-3 page text", "a b c d"), "0");
  EXPECT_EQ(Words("a two-part text of at most 1 word", "a b"), "0");
}

TEST(MuldimifWords, OneNumberOfAPairThatIsNoneHoldsAlone) {
  EXPECT_EQ(Words("between some and 3 words", "a b c d"), "0");
  EXPECT_EQ(Words("between some and 3 words", ""), "1");
}

TEST(MuldimifWords, UpToIsAPairWithoutItsFirstNumberAndLessThanIsNotRead) {
  EXPECT_EQ(Words("up to 2 words", "a b"), "1");
  EXPECT_EQ(Words("up to 2 words", "a b c"), "0");
  EXPECT_EQ(Words("less than 2 words", "a b c"), "1");
}

TEST(MuldimifWords, SentencesThatTheTextAlsoLimitsAreRunsOfMarks) {
  EXPECT_EQ(Words("at least 2 words and at most 1 sentence", "Well... well"), "1");
  EXPECT_EQ(Words("at least 2 words and at most 1 sentence", "Well. Well."), "0");
}

TEST(MuldimifWords, WhatStandsInQuotesMustBeThereInAnyCaseButNotInsideAWord) {
  EXPECT_EQ(Words("use 'Solution' in at least 1 word", "A SOLUTION."), "1");
  EXPECT_EQ(Words("use 'Solution' in at least 1 word", "solutions"), "0");
  EXPECT_EQ(Words("use 'c++' here", "C++"), "1");
  EXPECT_EQ(Words("use 'c++' here", "C++20"), "0");
  EXPECT_EQ(Words("use '你好'", "说你好吗"), "1");
}

TEST(MuldimifWords, AnApostropheBeginsAKeyword) {
  EXPECT_EQ(Words("the reader's and writer's view", "s and writer"), "1");
  EXPECT_EQ(Words("the reader's and writer's view", "the view"), "0");
}

TEST(MuldimifWords, AKeywordIsMadeOfTheRewordedSentence) {
  EXPECT_EQ(Words("use 'words'", "words"), "0");
  EXPECT_EQ(Words("use 'words'", "a word"), "1");
}

TEST(MuldimifWords, AnEmptyKeywordIsBesideSomethingThatIsNoWord) {
  EXPECT_EQ(Words("use ''", ""), "1");
  EXPECT_EQ(Words("use ''", "word"), "0");
  EXPECT_EQ(Words("use ''", "word. "), "1");
}

TEST(MuldimifWords, DigitsThatAreNoNumberAreUndecidable) {
  EXPECT_EQ(Words("at least ² words", "a"), "r");
  EXPECT_EQ(Words("at least ２ words", "a"), "0");
  EXPECT_EQ(Words("at least " + std::string(4301, '1') + " words", "a"), "r");
  EXPECT_EQ(Words("at least " + std::string(4300, '1') + " words", "a"), "0");
}

TEST(MuldimifEachWord, IsCutAtSingleSpaces) {
  EXPECT_EQ(Words("Each word must be at most 2 characters", "ab cd"), "1");
  EXPECT_EQ(Words("Each word must be at most 2 characters", "ab\ncd"), "0");
  EXPECT_EQ(Words("Each word must be at least 2 characters", "ab  cd"), "0");
}

TEST(MuldimifEachWord, NeedsALengthInDigits) {
  EXPECT_EQ(Words("Each word must be at most two characters", "ab"), "r");
  EXPECT_EQ(Words("Each word must be short", "ab"), "r");
  // In capitals it asks for nothing that is known.
  EXPECT_EQ(Words("EACH WORD MUST BE AT MOST 2 CHARACTERS", "ab"), "0");
}

TEST(MuldimifEach, SentenceInNoKnownWordingFails) {
  EXPECT_EQ(Words("each line is short", "a"), "0");
  EXPECT_EQ(Words("each line must have at most 1 word", "a"), "0");
  EXPECT_EQ(Words("each line must have at most 2,000 words", "a"), "0");
}

TEST(MuldimifEach, LineOfPlainTextCountsUnlessItEndsInAColon) {
  EXPECT_EQ(Words("each line must have at most two words", "## one two\n\n**A long title:**\nx"),
            "1");
  EXPECT_EQ(Words("each line must have at most two words", "one two\none two three"), "0");
  EXPECT_EQ(Words("each line must have at most two words", "A title:"), "0");
}

TEST(MuldimifEach, NumberedItemIsCutAtItsColonAndThenAtItsFirstPoint) {
  constexpr std::string_view kOneWord = "each item must have exactly 1 words";
  EXPECT_EQ(Words(kOneWord, "1. one\nnot an item\n2. two"), "1");
  EXPECT_EQ(Words(kOneWord, "1. long name: Not read. One"), "1");
  EXPECT_EQ(Words("each item must have at least 1 words", "1. Name: All of this."), "0");
}

TEST(MuldimifEach, IndentedBulletIsAWordItself) {
  EXPECT_EQ(Words("each bullet must have at most 1 words", "- one\n* two\nnot one"), "1");
  EXPECT_EQ(Words("each bullet must have at most 1 words", "- one\n - two"), "0");
}

TEST(MuldimifEach, CellsAreThoseUnderTheHeaderThatIsNamed) {
  constexpr std::string_view kTable = "| Name | Notes |\n|---|---|\n| A B | a b c d |";
  EXPECT_EQ(Words("each name must have at most 2 words", kTable), "1");
  EXPECT_EQ(Words("each note must have at most 2 words", kTable), "0");
}

TEST(MuldimifEach, WithoutSuchAHeaderEveryCellCountsAndSoDoesTheLineBelowTheHeaders) {
  constexpr std::string_view kTable = "| A B | C D |\n|---|---|\n| a b | c d |";
  EXPECT_EQ(Words("each cell must have at most 2 words", kTable), "1");
  EXPECT_EQ(Words("each cell must have exactly 2 words", kTable), "0");
}

TEST(MuldimifEach, CellThatRepeatsItsHeaderIsPassedOver) {
  EXPECT_EQ(Words("each full name must have at most 1 words", "|full name|\n|-|\n|Full Name|\n|A|"),
            "1");
}

TEST(MuldimifEach, MemberOfJsonIsCountedAsPythonWritesIt) {
  constexpr std::string_view kTwoWords = "each entry must have exactly 2 words";
  EXPECT_EQ(Words(kTwoWords, R"({"a": "one two", "b": [1, 2], "c": {"k": null}})"), "1");
  // repr() escapes all white space but the space.
  EXPECT_EQ(Words(kTwoWords, R"({"a": ["one\n \u2003two"]})"), "1");
  EXPECT_EQ(Words(kTwoWords, R"({"a": "one\u2003two"})"), "1");
  EXPECT_EQ(Words(kTwoWords, R"({"a": {"k": 1, "k": 2}, "b": "x", "b": "y z"})"), "1");
  EXPECT_EQ(Words(kTwoWords, R"({"a": "one two"} )"
                             "x"),
            "0");
  EXPECT_EQ(Words(kTwoWords, R"(["one two"])"), "0");
}

TEST(MuldimifEach, MemberThatTheSentenceNamesIsEmptyWhenItIsMissing) {
  EXPECT_EQ(Words("each long name must have at least 1 words", R"({"name": "A", "b": ""})"), "1");
  EXPECT_EQ(Words("each long name must have at least 1 words", R"({"long": "A"})"), "0");
  EXPECT_EQ(Words("each long name must have at most 1 words", R"({"long": "A B"})"), "1");
}

TEST(MuldimifParagraphs, AreWhatTwoLineEndsPart) {
  EXPECT_EQ(Paragraphs("exactly two paragraphs", "a\n\n\n\nb\n"), "1");
  EXPECT_EQ(Paragraphs("exactly two paragraphs", "a\n \nb"), "0");
}

TEST(MuldimifParagraphs, SentenceInNoKnownWordingFails) {
  EXPECT_EQ(Paragraphs("up to two paragraphs", "a"), "0");
  EXPECT_EQ(Paragraphs("at least eleven paragraphs", "a"), "0");
  EXPECT_EQ(Paragraphs("between one and three paragraphs", "a"), "0");
}

TEST(MuldimifParagraphs, FirstWordingOfTheListCountsNotOfTheSentence) {
  EXPECT_EQ(Paragraphs("at most 1 paragraph, at least 2 paragraphs", "a\n\nb\n\nc"), "1");
  EXPECT_EQ(Paragraphs("3 to 2 paragraphs", "a\n\nb"), "0");
}

TEST(MuldimifParagraphs, ChineseNumberIsRead) {
  EXPECT_EQ(Paragraphs("最多分为两个段落", "a\n\nb"), "1");
  EXPECT_EQ(Paragraphs("最多分为两个段落", "a\n\nb\n\nc"), "0");
}

TEST(MuldimifSentences, EveryMarkIsOneAndTheRestIsNone) {
  EXPECT_EQ(Sentences("exactly three sentences", "Well..."), "1");
  EXPECT_EQ(Sentences("at most 1 sentence", "One. Two"), "1");
  EXPECT_EQ(Sentences("at least 1 sentence", "一。"), "0");
}

TEST(MuldimifSentences, SentenceInNoKnownWordingPasses) {
  EXPECT_EQ(Sentences("up to one sentence", "One. Two."), "1");
  EXPECT_EQ(Sentences("at most sixteen sentences", "One."), "1");
}

TEST(MuldimifSentences, BeASingleSentenceNeedsAWordBeforeIt) {
  EXPECT_EQ(Sentences("  be a single sentence", "One. Two."), "1");
  EXPECT_EQ(Sentences("It must be a single sentence", "One. Two."), "0");
}

TEST(MuldimifSentences, RangeIsNotTurnedRound) {
  EXPECT_EQ(Sentences("between three and one sentences", "One. Two."), "0");
  EXPECT_EQ(Sentences("描述应由1到三个句子组成", "One. Two."), "1");
}

TEST(MuldimifWords, TheReasonSaysWhatTheSentenceLacks) {
  EXPECT_EQ(ReasonOnSentence("muldimif:Length/Words", "Each word must be short", "ab"),
            "The sentence gives no character limit for each word.");
}

}  // namespace
}  // namespace hir::muldimif
