#include "hir/rpc/quota.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(Quota, BoundsEachCallerAndNamesTheBound) {
  Quota quota("apples", {.in_all = 100, .per_caller = 10});
  Quota::Share first(quota, "a"), second(quota, "a"), other(quota, "b");
  EXPECT_TRUE(first.Take(6).ok());
  EXPECT_TRUE(second.Take(4).ok());
  const absl::Status refused = second.Take(1);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the caller has 10 of at most 10"));
  EXPECT_TRUE(other.Take(10).ok());
  EXPECT_EQ(quota.held(), 20);
}

TEST(Quota, BoundsAllTogether) {
  Quota quota("apples", {.in_all = 15, .per_caller = 10});
  Quota::Share first(quota, "a"), second(quota, "b");
  EXPECT_TRUE(first.Take(10).ok());
  EXPECT_FALSE(second.Take(6).ok());
  EXPECT_TRUE(second.Take(5).ok());
}

TEST(Quota, AShareGivesBackWhatItHeld) {
  Quota quota("apples", {.in_all = 10, .per_caller = 10});
  {
    Quota::Share share(quota, "a");
    EXPECT_TRUE(share.Take(10).ok());
    Quota::Share moved = std::move(share);
    EXPECT_EQ(quota.held(), 10);
    moved.GiveBack();
    EXPECT_EQ(quota.held(), 0);
    EXPECT_TRUE(moved.Take(3).ok());
  }
  EXPECT_EQ(quota.held(), 0);
}

}  // namespace
}  // namespace hir
