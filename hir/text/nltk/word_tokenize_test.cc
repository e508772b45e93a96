#include "hir/text/nltk/word_tokenize.h"

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/testing/text_fixtures.h"
#include "hir/text/nltk/sentence_tokens.h"
#include "hir/text/nltk/treebank.h"
#include "hir/text/python/unicode.h"

namespace hir::nltk {
namespace {

using python::EncodeUtf8;
using python::Split;
using scan::ScanText;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  SentenceMemo memo;
  for (std::u32string_view word : WordTokens(ScanText::FromUtf8(text), memo))
    words.push_back(EncodeUtf8(word));
  return words;
}

TEST(WordTokens, EqualNltkOnEveryGoldenCase) {
  const std::vector<nlohmann::json> cases = TextFixtures("words.jsonl");
  ASSERT_GE(cases.size(), 400);
  for (const nlohmann::json& each : cases) {
    EXPECT_EQ(nlohmann::json(Words(each["text"].get<std::string>())), each["tokens"])
        << each["text"];
  }
}

TEST(WordTokens, AreNoneForBlankText) {
  EXPECT_THAT(Words(""), IsEmpty());
  EXPECT_THAT(Words(" \n\t"), IsEmpty());
}

TEST(WordTokens, TurnDoubleQuotesIntoOpeningAndClosing) {
  EXPECT_THAT(Words("\"Go\" (\"now\")"),
              ElementsAre("``", "Go", "''", "(", "``", "now", "''", ")"));
}

TEST(WordTokens, SplitOffOnlyTheLastPeriodOfASentence) {
  EXPECT_THAT(Words("Mr. X saw 3.5 mi. of road."),
              ElementsAre("Mr.", "X", "saw", "3.5", "mi", ".", "of", "road", "."));
}

TEST(WordTokens, SplitClitics) {
  EXPECT_THAT(
      Words("I can't, we'll, it's DON'T Don'T"),
      ElementsAre("I", "ca", "n't", ",", "we", "'ll", ",", "it", "'s", "DO", "N'T", "Don'T"));
}

TEST(WordTokens, SplitContractionsInAnyCase) {
  EXPECT_THAT(Words("CanNOT gonna 'Tis d'ye"),
              ElementsAre("Can", "NOT", "gon", "na", "'T", "is", "d", "'ye"));
  EXPECT_THAT(Words("cannots wanna"), ElementsAre("cannots", "wan", "na"));
}

TEST(WordTokens, MakeRoomForALaterContractionByAnEarlierOne) {
  EXPECT_THAT(Words("d'ye'tis"), ElementsAre("d", "'ye", "'t", "is"));
}

TEST(WordTokens, FoldTheCaseOfLongSDotlessIAndKelvinSign) {
  EXPECT_THAT(Words("g\u0131mme x '\u017F"), ElementsAre("g\u0131m", "me", "x", "'\u017F"));
}

TEST(WordTokens, KeepCommasAndColonsBeforeDigits) {
  EXPECT_THAT(Words("1,000 at 3:45, a,b a,,1"),
              ElementsAre("1,000", "at", "3:45", ",", "a", ",", "b", "a", ",", ",1"));
}

TEST(WordTokens, TakeNulAndBrokenUtf8AsOrdinaryCharacters) {
  EXPECT_THAT(Words(std::string("a\0b", 3)), ElementsAre(std::string("a\0b", 3)));
  EXPECT_THAT(Words("a\xFF!"), ElementsAre("a\xEF\xBF\xBD", "!"));
}

std::u32string RandomSentence(std::mt19937_64& random) {
  constexpr std::u32string_view kPieces[] = {
      U"word", U"cannot", U"gonna", U"wanna", U"can", U"not", U"\u0131", U"d",      U"'ye", U"'t",
      U"is",   U"s",      U"n",     U"n't",   U"N'T", U"'s",  U"'LL",    U"'ve",    U"'",   U"''",
      U"\"",   U"`",      U".",     U",",     U":",   U";",   U"?",      U"*",      U"(",   U")",
      U"]",    U">",      U"-",     U"/",     U"1",   U"_",   U"\u00e9", U"\u00a0", U"“",   U"’",
      U"»",    U"\u2026", U" ",     U" ",     U" ",   U" ",   U"\n"};
  std::u32string sentence;
  for (size_t n = random() % 12; n > 0; --n) sentence += kPieces[random() % std::size(kPieces)];
  return sentence;
}

TEST(SentenceTokens, AreThoseOfAllStepsOverTheWholeSentence) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200'000; ++round) {
    const std::u32string sentence = RandomSentence(random);
    if (sentence.empty()) continue;
    const std::u32string separated = internal::TakeTokenizerSteps(sentence, {true, true});
    ASSERT_EQ(internal::SentenceTokens(sentence).tokens(), Split(separated))
        << EncodeUtf8(sentence);
  }
}

TEST(WordTokens, KnowAgainTheSentencesOfAnotherText) {
  SentenceMemo memo;
  const auto first = WordTokens(ScanText(U"It is. Two are."), memo);
  const auto second = WordTokens(ScanText(U"Two are."), memo);
  EXPECT_THAT(second, ElementsAre(U"Two", U"are", U"."));
  EXPECT_EQ(second[0].data(), first[3].data());
}

TEST(SentenceTokens, TakeLinearTimeWhereManyPiecesNeedTheStepsBehindALongGap) {
  const std::u32string sentence = U"a" + std::u32string(500'000, U' ') + Repeated(U"` ", 500'000);
  EXPECT_EQ(internal::SentenceTokens(sentence).tokens().size(), 250'001u);
}

TEST(WordTokens, TakeLinearTimeOnHostileText) {
  for (const std::u32string& text : HostileTexts()) {
    SentenceMemo memo;
    EXPECT_LE(WordTokens(ScanText(text), memo).size(), text.size());
  }
}

}  // namespace
}  // namespace hir::nltk
