#include "hir/base/enum_words.h"

#include <gtest/gtest.h>

namespace hir {

enum class Size { kSmall, kLarge };
template <>
inline constexpr auto kEnumWords<Size> = std::to_array<EnumWord<Size>>({{Size::kSmall, "small"},
                                                                        {Size::kLarge, "large"}});

namespace {

TEST(EnumWords, AreReadBackAsTheValuesTheyAreWrittenFor) {
  for (const Size size : {Size::kSmall, Size::kLarge})
    EXPECT_EQ(FromWord<Size>(WordOf(size)), size);
  EXPECT_STREQ(WordOf(Size::kLarge), "large");
}

TEST(EnumWords, TakeNoOtherWord) {
  for (const char* word : {"", "Small", "small ", "larg", "0"}) {
    EXPECT_EQ(FromWord<Size>(word), std::nullopt) << word;
  }
}

TEST(EnumWords, AreListedInTheOrderOfTheirTable) { EXPECT_EQ(AllWords<Size>(), "small, large"); }

}  // namespace
}  // namespace hir
