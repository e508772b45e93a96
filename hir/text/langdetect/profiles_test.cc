#include "hir/text/langdetect/profiles.h"

#include <algorithm>
#include <optional>

#include "gtest/gtest.h"

namespace hir::langdetect::internal {
namespace {

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

}  // namespace
}  // namespace hir::langdetect::internal
