#include "hir/text/lexicon/emoji.h"

#include "gtest/gtest.h"

namespace hir::lexicon {
namespace {

TEST(IsEmoji, KnowsSingleCodePoints) {
  for (const char32_t c : {U'\u00a9', U'\u2764', U'\U0001F600', U'\U0001F3FD'})
    EXPECT_TRUE(IsEmoji(c));
  for (const char32_t c : {U'a', U'1', U'\uFE0F', U'\u20E3', U'\U0001F1E6'})
    EXPECT_FALSE(IsEmoji(c));
}

}  // namespace
}  // namespace hir::lexicon
