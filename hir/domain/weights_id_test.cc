#include "hir/domain/weights_id.h"

#include <gtest/gtest.h>

namespace hir {
namespace {

TEST(IsOlder, ComparesTheIncarnationBeforeTheVersionAndNothingElse) {
  EXPECT_TRUE(IsOlder({.incarnation = 1, .version = 9}, {.incarnation = 2, .version = 0}));
  EXPECT_TRUE(IsOlder({.incarnation = 2, .version = 3}, {.incarnation = 2, .version = 4}));
  EXPECT_FALSE(IsOlder({.incarnation = 2, .version = 4}, {.incarnation = 2, .version = 4}));
  EXPECT_FALSE(IsOlder({2, 4, "a", "r"}, {2, 4, "b", "s"}));
}

TEST(ShortDigest, IsTheFirstFourBytesInHexadecimal) {
  EXPECT_EQ(ShortDigest(std::string("\x01\xff\x00\x20zz", 6)), "01ff0020");
  EXPECT_EQ(ShortDigest("\x01"), "01");
}

}  // namespace
}  // namespace hir
