#include "hir/rpc/quota.h"

#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
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

TEST(Quota, AShareWaitsUntilOthersGiveBack) {
  Quota quota("apples", {.in_all = 10, .per_caller = 10});
  Quota::Share first(quota, "a"), second(quota, "b");
  ASSERT_TRUE(first.Take(8).ok());
  // Once it asks whether to stop, it is waiting.
  absl::Notification waits;
  std::thread giver([&] {
    waits.WaitForNotification();
    first.GiveBack();
  });
  bool asked = false;
  EXPECT_TRUE(second
                  .TakeWhenFree(5,
                                [&] {
                                  if (!std::exchange(asked, true)) waits.Notify();
                                  return false;
                                })
                  .ok());
  giver.join();
  EXPECT_TRUE(asked);
  EXPECT_EQ(quota.held(), 5);
}

TEST(Quota, WaitsNeitherForWhatNeverFitsNorOnceToldToStop) {
  Quota quota("apples", {.in_all = 20, .per_caller = 10});
  Quota::Share first(quota, "a"), second(quota, "a");
  EXPECT_EQ(first.TakeWhenFree(11, [] { return false; }).code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(first.Take(10).ok());
  EXPECT_EQ(second.TakeWhenFree(1, [] { return true; }).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(quota.held(), 10);
}

}  // namespace
}  // namespace hir
