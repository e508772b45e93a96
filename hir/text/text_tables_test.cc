// The tables behind the tokenizers and the language detector.
#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/text/char_class.h"
#include "hir/text/langdetect_profiles.h"
#include "hir/text/punkt_model.h"
#include "hir/text/text_data.h"
#include "hir/text/treebank.h"
#include "hir/text/unicode.h"

namespace hir::internal {
namespace {

TEST(TextData, HoldsEveryList) {
  const auto lines = [](std::string_view data) {
    const bool open = !data.empty() && data.back() != '\n';
    return std::count(data.begin(), data.end(), '\n') + (open ? 1 : 0);
  };
  EXPECT_EQ(lines(PunktAbbreviations()), 156);
  EXPECT_EQ(lines(PunktCollocations()), 37);
  EXPECT_EQ(lines(PunktStarters()), 39);
  EXPECT_EQ(lines(PunktOrtho()), 20366);
  EXPECT_EQ(lines(Stopwords()), 198);
  EXPECT_TRUE(LangdetectData().starts_with("HLD1"));
}

TEST(CharClass, AgreesWithUnicodeOnEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    ASSERT_EQ(FastIsSpace(c), IsSpace(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsDecimal(c), IsDecimal(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsWord(c), IsWord(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsUpper(c), IsUpper(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsLower(c), IsLower(c)) << static_cast<uint32_t>(c);
  }
}

TEST(PunktLower, AgreesWithPythonWhereTheResultIsAscii) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string expected;
    for (char32_t lower : ToLower(std::u32string_view(&c, 1))) {
      expected.push_back(lower < kAsciiEnd ? static_cast<char>(lower) : '\x80');
    }
    ASSERT_EQ(PunktLower(std::u32string_view(&c, 1)), expected) << static_cast<uint32_t>(c);
  }
}

TEST(PunktType, CallsNumbersAlike) {
  for (std::u32string_view number :
       {U"7", U"7.", U"-3,000.5", U".5", U"-,5", U"1-2-3", U"\u0663."}) {
    EXPECT_EQ(PunktType(number), kPunktNumber);
  }
  for (std::u32string_view other : {U"", U"-", U".", U"7a", U"a7", U"--7", U"..7", U"\u00BD"}) {
    EXPECT_NE(PunktType(other), kPunktNumber);
  }
}

TEST(PunktModel, KnowsTheTrainedTypes) {
  const PunktModel& model = PunktModel::English();
  EXPECT_TRUE(model.IsAbbreviation("mr"));
  EXPECT_FALSE(model.IsAbbreviation("mr."));
  EXPECT_FALSE(model.IsAbbreviation(""));
  EXPECT_TRUE(model.IsStarter("since"));
  EXPECT_TRUE(model.IsCollocation("##number##", "international"));
  EXPECT_FALSE(model.IsCollocation("international", "##number##"));
  EXPECT_EQ(model.Ortho("board-room"), 32);
  EXPECT_EQ(model.Ortho("no such type"), 0);
}

TEST(LangdetectProfiles, ListsLanguagesInAlphabeticalOrder) {
  const auto& languages = LangdetectProfiles::Get().languages();
  EXPECT_EQ(languages.size(), 55);
  EXPECT_TRUE(std::is_sorted(languages.begin(), languages.end()));
  EXPECT_EQ(languages.front(), "af");
  EXPECT_EQ(languages.back(), "zh-tw");
}

TEST(LangdetectProfiles, FindsKnownGramsOnly) {
  const LangdetectProfiles& profiles = LangdetectProfiles::Get();
  EXPECT_NE(profiles.Find(0, 0, U'e'), LangdetectProfiles::kNoGram);
  EXPECT_NE(profiles.Find(U't', U'h', U'e'), LangdetectProfiles::kNoGram);
  EXPECT_NE(profiles.Find(0, U' ', U't'), LangdetectProfiles::kNoGram);
  EXPECT_NE(profiles.Find(0, 0, 0x3042), LangdetectProfiles::kNoGram);
  EXPECT_EQ(profiles.Find(U'q', U'Q', U'q'), LangdetectProfiles::kNoGram);
  EXPECT_EQ(profiles.Find(0, 0, 0x1F600), LangdetectProfiles::kNoGram);
}

TEST(LangdetectProfiles, MultipliesEveryLanguageByItsFrequencyAboveTheFloor) {
  const LangdetectProfiles& profiles = LangdetectProfiles::Get();
  for (const uint32_t gram : {profiles.Find(U't', U'h', U'e'), profiles.Find(0, 0, 0x3042)}) {
    LangdetectProfiles::Row at_floor, higher;
    at_floor.fill(1);
    higher.fill(1);
    profiles.Multiply(gram, 0, at_floor);
    profiles.Multiply(gram, 0.5, higher);
    EXPECT_GT(*std::max_element(at_floor.begin(), at_floor.end()), 0);
    for (size_t i = 0; i < higher.size(); ++i) EXPECT_EQ(higher[i], 0.5 + at_floor[i]);
  }
}

TEST(LangdetectProfiles, MakesCharactersAlike) {
  const LangdetectProfiles& profiles = LangdetectProfiles::Get();
  EXPECT_EQ(profiles.Normalize(U'5'), U' ');
  EXPECT_EQ(profiles.Normalize(U'['), U' ');
  EXPECT_EQ(profiles.Normalize(U'Z'), U'Z');
  EXPECT_EQ(profiles.Normalize(0xA0), U' ');
  EXPECT_EQ(profiles.Normalize(0xE9), 0xE9);
  EXPECT_EQ(profiles.Normalize(0x219), 0x15F);
  EXPECT_EQ(profiles.Normalize(0x6CC), 0x64A);
  EXPECT_EQ(profiles.Normalize(0x1E9F), 0x1E9F);
  EXPECT_EQ(profiles.Normalize(0x1EA0), 0x1EC3);
  EXPECT_EQ(profiles.Normalize(0x2014), U' ');
  EXPECT_EQ(profiles.Normalize(0x3096), 0x3042);
  EXPECT_EQ(profiles.Normalize(0x30FF), 0x30A2);
  EXPECT_EQ(profiles.Normalize(0x31BF), 0x3105);
  EXPECT_EQ(profiles.Normalize(0x6934), 0x4F7C);  // One class of similar ideographs.
  EXPECT_EQ(profiles.Normalize(0xD7A3), 0xAC00);
  EXPECT_EQ(profiles.Normalize(0x1F600), 0x1F600);
}

TEST(LangdetectProfiles, ComposesVietnameseLettersOnly) {
  const LangdetectProfiles& profiles = LangdetectProfiles::Get();
  EXPECT_EQ(profiles.Compose(U'a', 0x300), 0xE0);
  EXPECT_EQ(profiles.Compose(0xE2, 0x301), 0x1EA5);
  EXPECT_EQ(profiles.Compose(U'b', 0x300), std::nullopt);
  EXPECT_EQ(profiles.Compose(U'a', 0x302), std::nullopt);
}

TEST(TakeTokenizerSteps, PutsWhiteSpaceAroundEveryToken) {
  EXPECT_EQ(TakeTokenizerSteps(U"Go.", {true, true}), U" Go . ");
  EXPECT_EQ(TakeTokenizerSteps(U"Go.", {true, false}), U" Go. ");
  EXPECT_EQ(TakeTokenizerSteps(U"a--b", {true, true}), U" a -- b ");
  EXPECT_EQ(TakeTokenizerSteps(U"$5?", {true, true}), U" $ 5 ? ");
}

}  // namespace
}  // namespace hir::internal
