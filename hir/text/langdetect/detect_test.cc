#include "hir/text/langdetect/detect.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/testing/text_fixtures.h"
#include "hir/text/langdetect/clean.h"
#include "hir/text/python/random.h"
#include "hir/text/python/unicode.h"

namespace hir::langdetect {
namespace {

using internal::CleanForLangdetect;
using internal::RemoveMailAddresses;
using internal::RemoveUrls;
using python::DecodeUtf8;
using python::PythonRandom;

TEST(LanguageProbabilities, EqualLangdetectOnEveryGoldenCase) {
  const std::vector<nlohmann::json> cases = TextFixtures("languages.jsonl");
  ASSERT_GE(cases.size(), 150);
  for (const nlohmann::json& each : cases) {
    const auto found = LanguageProbabilities(DecodeUtf8(each["text"].get<std::string>()));
    const nlohmann::json& expected = each["languages"];
    ASSERT_EQ(found.ok(), !expected.is_null()) << each["text"];
    if (!found.ok()) continue;
    ASSERT_EQ(found->size(), expected.size()) << each["text"];
    for (size_t i = 0; i < found->size(); ++i) {
      EXPECT_EQ((*found)[i].language, expected[i][0]) << each["text"];
      // Equal but for rounding, since the package sums in another order: see detect.h.
      EXPECT_NEAR((*found)[i].probability, expected[i][1].get<double>(), 1e-12) << each["text"];
    }
  }
}

TEST(DetectLanguage, NamesTheMostProbableLanguage) {
  EXPECT_EQ(*DetectLanguage(U"This is plainly written in English."), "en");
  EXPECT_EQ(*DetectLanguage(U"Das ist ganz offenbar auf Deutsch geschrieben."), "de");
}

TEST(DetectLanguage, FailsWithoutLetters) {
  for (std::u32string_view text : {U"", U"12345", U"?!.", U" \n", U"\U0001F600", U"a@bc.de"}) {
    EXPECT_EQ(DetectLanguage(text).status().code(), absl::StatusCode::kNotFound);
  }
}

TEST(DetectLanguage, LooksAtTenThousandCodePointsOnly) {
  const std::u32string english = Repeated(U"The weather was fine and we went out. ", 10000);
  const std::u32string german = Repeated(U"Das Wetter war gut und wir gingen aus. ", 100000);
  EXPECT_EQ(*DetectLanguage(english.substr(0, 10000) + german), "en");
}

TEST(DetectLanguage, GivesTheSameAnswerOnEveryThread) {
  const std::u32string text = U"mesa casa hotel radio";
  const auto expected = LanguageProbabilities(text);
  ASSERT_TRUE(expected.ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto found = LanguageProbabilities(text);
      ASSERT_TRUE(found.ok());
      ASSERT_EQ(found->size(), expected->size());
      EXPECT_EQ(found->front().probability, expected->front().probability);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(DetectLanguage, TakesLinearTimeOnHostileText) {
  for (const std::u32string& text : HostileTexts()) {
    const auto language = DetectLanguage(text);
    EXPECT_TRUE(language.ok() || language.status().code() == absl::StatusCode::kNotFound);
  }
}

TEST(RemoveUrls, TakesAtMost2076CharactersAfterTheSlashes) {
  EXPECT_EQ(RemoveUrls(U"see http://a.b/c?d=1 or https://x."), U"see   or  ");
  EXPECT_EQ(RemoveUrls(U"http:// https:/x httpx://y"), U"http:// https:/x httpx://y");
  EXPECT_EQ(RemoveUrls(U"http://" + std::u32string(2076 + 3, U'x')), U" xxx");
}

TEST(RemoveMailAddresses, NeedsTwoCharactersAfterTheSign) {
  EXPECT_EQ(RemoveMailAddresses(U"to a.b-c@d.ef!"), U"to  !");
  EXPECT_EQ(RemoveMailAddresses(U"a@b @cd a@.b a@"), U"a@b @cd a@.b a@");
  EXPECT_EQ(RemoveMailAddresses(U"a@bc@de"), U" @de");
}

TEST(RemoveMailAddresses, TakesAtMost64CharactersBeforeAnd510AfterTheSign) {
  EXPECT_EQ(RemoveMailAddresses(std::u32string(70, U'm') + U"@ab"), U"mmmmmm ");
  EXPECT_EQ(RemoveMailAddresses(U"a@" + std::u32string(513, U'n')), U" nnn");
}

TEST(CleanForLangdetect, DropsRepeatedSpacesButNoOtherWhiteSpace) {
  EXPECT_EQ(CleanForLangdetect(U"a   b\n\nc"), U"a b\n\nc");
}

TEST(CleanForLangdetect, ComposesVietnameseLetters) {
  EXPECT_EQ(CleanForLangdetect(U"ca\u0300 a\u0302\u0300 o\u0301\u0301"),
            U"c\u00E0 a\u0302\u0300 \u00F3\u0301");
}

TEST(CleanForLangdetect, DropsLatinLettersFromATextInAnotherScript) {
  EXPECT_EQ(CleanForLangdetect(U"ab \u0430\u0431\u0432\u0433\u0434"),
            U" \u0430\u0431\u0432\u0433\u0434");
  EXPECT_EQ(CleanForLangdetect(U"ab \u0430\u0431\u0432\u0433"), U"ab \u0430\u0431\u0432\u0433");
}

TEST(PythonRandom, DrawsWhatPythonDrawsWithSeedZero) {
  PythonRandom random(0);
  EXPECT_EQ(random.Bits(32), 3626764237U);
  EXPECT_EQ(random.Bits(32), 1654615998U);
  EXPECT_EQ(PythonRandom(0).Uniform(), 0.8444218515250481);
  PythonRandom gauss(0);
  EXPECT_DOUBLE_EQ(gauss.Gauss(), 0.9417154046806644);
  EXPECT_DOUBLE_EQ(gauss.Gauss(), -1.3965781047011498);
  PythonRandom choice(0);
  EXPECT_EQ(choice.Index(10), 6U);
  EXPECT_EQ(choice.Index(10), 6U);
  EXPECT_EQ(choice.Index(10), 0U);
}

TEST(PythonRandom, DrawsWhatPythonDrawsBeyondOneBlockAndWithAnotherSeed) {
  PythonRandom random(12345);
  for (int i = 0; i < 1999; ++i) random.Bits(32);
  EXPECT_EQ(random.Bits(32), 3083619685U);
}

TEST(PythonRandom, CopiesGoOnIndependently) {
  PythonRandom first(7);
  PythonRandom second = first;
  EXPECT_EQ(first.Bits(32), second.Bits(32));
  first.Bits(32);
  EXPECT_NE(first.Bits(32), second.Bits(32));
}

}  // namespace
}  // namespace hir::langdetect
