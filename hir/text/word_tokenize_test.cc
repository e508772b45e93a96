#include "hir/text/word_tokenize.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/text/text_fixtures.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  const std::u32string separated = SeparatedWords(DecodeUtf8(text));
  for (std::u32string_view word : Split(separated)) words.push_back(EncodeUtf8(word));
  return words;
}

TEST(SeparatedWords, EqualNltkOnEveryGoldenCase) {
  const std::vector<nlohmann::json> cases = TextFixtures("words.jsonl");
  ASSERT_GE(cases.size(), 400);
  for (const nlohmann::json& each : cases) {
    EXPECT_EQ(nlohmann::json(Words(each["text"].get<std::string>())), each["tokens"])
        << each["text"];
  }
}

TEST(SeparatedWords, AreNoneForBlankText) {
  EXPECT_THAT(Words(""), IsEmpty());
  EXPECT_THAT(Words(" \n\t"), IsEmpty());
}

TEST(SeparatedWords, TurnDoubleQuotesIntoOpeningAndClosing) {
  EXPECT_THAT(Words("\"Go\" (\"now\")"),
              ElementsAre("``", "Go", "''", "(", "``", "now", "''", ")"));
}

TEST(SeparatedWords, SplitOffOnlyTheLastPeriodOfASentence) {
  EXPECT_THAT(Words("Mr. X saw 3.5 mi. of road."),
              ElementsAre("Mr.", "X", "saw", "3.5", "mi", ".", "of", "road", "."));
}

TEST(SeparatedWords, SplitClitics) {
  EXPECT_THAT(
      Words("I can't, we'll, it's DON'T Don'T"),
      ElementsAre("I", "ca", "n't", ",", "we", "'ll", ",", "it", "'s", "DO", "N'T", "Don'T"));
}

TEST(SeparatedWords, SplitContractionsInAnyCase) {
  EXPECT_THAT(Words("CanNOT gonna 'Tis d'ye"),
              ElementsAre("Can", "NOT", "gon", "na", "'T", "is", "d", "'ye"));
  EXPECT_THAT(Words("cannots wanna"), ElementsAre("cannots", "wan", "na"));
}

TEST(SeparatedWords, MakeRoomForALaterContractionByAnEarlierOne) {
  EXPECT_THAT(Words("d'ye'tis"), ElementsAre("d", "'ye", "'t", "is"));
}

TEST(SeparatedWords, FoldTheCaseOfLongSDotlessIAndKelvinSign) {
  EXPECT_THAT(Words("g\u0131mme x '\u017F"), ElementsAre("g\u0131m", "me", "x", "'\u017F"));
}

TEST(SeparatedWords, KeepCommasAndColonsBeforeDigits) {
  EXPECT_THAT(Words("1,000 at 3:45, a,b a,,1"),
              ElementsAre("1,000", "at", "3:45", ",", "a", ",", "b", "a", ",", ",1"));
}

TEST(SeparatedWords, TakeNulAndBrokenUtf8AsOrdinaryCharacters) {
  EXPECT_THAT(Words(std::string("a\0b", 3)), ElementsAre(std::string("a\0b", 3)));
  EXPECT_THAT(Words("a\xFF!"), ElementsAre("a\xEF\xBF\xBD", "!"));
}

TEST(SeparatedWords, TakeLinearTimeOnHostileText) {
  for (const std::u32string& text : HostileTexts()) {
    EXPECT_LE(Split(SeparatedWords(text)).size(), text.size());
  }
}

}  // namespace
}  // namespace hir
