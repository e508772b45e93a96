#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "hir/collective/process_group.h"
#include "hir/collective/two_ranks.h"
#include "hir/testing/free_local_address.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kSoon = absl::Seconds(20);

TEST(SingleProcessGroup, LeavesTensorsAsTheyAre) {
  auto group = JoinGlooGroup({});
  ASSERT_TRUE(group.ok()) << group.status();
  at::Tensor tensor = at::arange(3);
  EXPECT_TRUE((*group)->AllReduceSum(tensor, "sum", kSoon).ok());
  EXPECT_TRUE(tensor.equal(at::arange(3)));
  EXPECT_EQ((*group)->size(), 1);
}

TEST(GlooProcessGroup, AddsUpOverRanks) {
  const auto [first, second] = AsTwoRanks(JoinGlooGroup, [](ProcessGroup& group) {
    at::Tensor tensor = at::full({1000}, group.rank() + 1.0, at::kDouble);
    EXPECT_TRUE(group.AllReduceSum(tensor, "sum", kSoon).ok());
    return tensor;
  });
  EXPECT_TRUE(first.equal(at::full({1000}, 3.0, at::kDouble)));
  EXPECT_TRUE(second.equal(first));
}

TEST(GlooProcessGroup, GivesEveryRankTheRootsTensor) {
  const auto [first, second] = AsTwoRanks(JoinGlooGroup, [](ProcessGroup& group) {
    at::Tensor tensor = at::full({3}, group.rank() + 1.0);
    EXPECT_TRUE(group.Broadcast(tensor, 1, "weights", kSoon).ok());
    return tensor;
  });
  EXPECT_TRUE(first.equal(at::full({3}, 2.0)));
  EXPECT_TRUE(second.equal(first));
}

// Rank 1 stays alive, but does not come to the second operation.
TEST(GlooProcessGroup, SaysWhoIsMissingWhenTheDeadlinePasses) {
  std::promise<void> first_is_done;
  auto done = first_is_done.get_future().share();
  const auto [first, second] = AsTwoRanks(JoinGlooGroup, [&](ProcessGroup& group) {
    EXPECT_TRUE(group.Barrier("start", kSoon).ok());
    if (group.rank() == 1) {
      done.wait();
      return absl::OkStatus();
    }
    at::Tensor tensor = at::ones({4});
    absl::Status status = group.AllReduceSum(tensor, "gradients", absl::Milliseconds(200));
    first_is_done.set_value();
    return status;
  });
  EXPECT_EQ(first.code(), absl::StatusCode::kDeadlineExceeded) << first;
  EXPECT_THAT(std::string(first.message()), HasSubstr("rank 0"));
  EXPECT_THAT(std::string(first.message()), HasSubstr("operation 2 (gradients)"));
  EXPECT_THAT(std::string(first.message()), HasSubstr("rank 1 last seen in operation 1 (start)"));
}

TEST(GlooProcessGroup, FailsEveryCallAfterAnError) {
  const auto [first, second] = AsTwoRanks(JoinGlooGroup, [](ProcessGroup& group) {
    // Rank 1 must not close while rank 0 still joins.
    EXPECT_TRUE(group.Barrier("start", kSoon).ok());
    if (group.rank() == 1) return absl::OkStatus();
    at::Tensor tensor = at::ones({4});
    (void)group.AllReduceSum(tensor, "gradients", absl::Milliseconds(200));
    return group.Barrier("next", kSoon);
  });
  EXPECT_FALSE(first.ok());
  EXPECT_THAT(std::string(first.message()), HasSubstr("(gradients)"));
}

TEST(JoinGlooGroup, SaysThatTheOthersDidNotCome) {
  const auto group = JoinGlooGroup({.rank = 0,
                                    .size = 2,
                                    .master = FreeLocalAddress(),
                                    .join_timeout = absl::Milliseconds(300)});
  EXPECT_EQ(group.status().code(), absl::StatusCode::kDeadlineExceeded) << group.status();
}

TEST(JoinGlooGroup, RefusesWhatIsNoGroup) {
  EXPECT_EQ(JoinGlooGroup({.rank = 2, .size = 2, .master = "a:1"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(JoinGlooGroup({.rank = 0, .size = 2, .master = "nowhere"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
