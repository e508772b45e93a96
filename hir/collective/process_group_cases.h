// Tests of every kind of process group. A test program includes this once and instantiates
// ProcessGroupTest with its kinds.
#ifndef HIR_COLLECTIVE_PROCESS_GROUP_CASES_H_
#define HIR_COLLECTIVE_PROCESS_GROUP_CASES_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <future>
#include <string>

#include "hir/collective/process_group.h"
#include "hir/collective/two_ranks.h"
#include "hir/testing/free_local_address.h"

namespace hir {

// A kind of process group under test.
struct WayOfJoining {
  std::string name;
  JoinGroup join;
  at::DeviceType device;  // Of the tensors.
  int gpus;               // GPUs that the test needs; skipped on a machine with fewer.
};

inline std::string NameOf(const testing::TestParamInfo<WayOfJoining>& way) {
  return way.param.name;
}

// Runs each case with two ranks.
class ProcessGroupTest : public testing::TestWithParam<WayOfJoining> {
 protected:
  static constexpr absl::Duration kSoon = absl::Seconds(20);

  void SetUp() override {
    if (torch::cuda::device_count() < GetParam().gpus) {
      GTEST_SKIP() << "needs " << GetParam().gpus << " GPUs";
    }
  }

  static at::Tensor Full(int64_t size, double value) {
    return at::full({size}, value, at::TensorOptions(GetParam().device).dtype(at::kDouble));
  }
};

TEST_P(ProcessGroupTest, OfOneRankLeavesTensorsAsTheyAre) {
  auto group = GetParam().join({});
  ASSERT_TRUE(group.ok()) << group.status();
  at::Tensor tensor = Full(3, 2);
  EXPECT_TRUE((*group)->AllReduceSum(tensor, "sum", kSoon).ok());
  EXPECT_TRUE(tensor.equal(Full(3, 2)));
  EXPECT_EQ((*group)->size(), 1);
}

TEST_P(ProcessGroupTest, AddsUpOverRanks) {
  const auto [first, second] = AsTwoRanks(GetParam().join, [](ProcessGroup& group) {
    at::Tensor tensor = Full(1000, group.rank() + 1);
    EXPECT_TRUE(group.AllReduceSum(tensor, "sum", kSoon).ok());
    return tensor.cpu();
  });
  EXPECT_TRUE(first.equal(Full(1000, 3).cpu()));
  EXPECT_TRUE(second.equal(first));
}

TEST_P(ProcessGroupTest, GivesEveryRankTheRootsTensorOfAnyType) {
  for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kBFloat16, at::kLong}) {
    const auto [first, second] = AsTwoRanks(GetParam().join, [type](ProcessGroup& group) {
      at::Tensor tensor = Full(3, group.rank() + 1).to(type);
      EXPECT_TRUE(group.Broadcast(tensor, 1, "weights", kSoon).ok()) << type;
      return tensor.cpu();
    });
    EXPECT_TRUE(first.equal(Full(3, 2).to(type).cpu())) << type;
    EXPECT_TRUE(second.equal(first)) << type;
  }
}

// Rank 1 stays alive but never calls the second operation.
TEST_P(ProcessGroupTest, SaysWhoIsMissingWhenTheDeadlinePasses) {
  std::promise<void> first_is_done;
  auto done = first_is_done.get_future().share();
  const auto [first, second] = AsTwoRanks(GetParam().join, [&](ProcessGroup& group) {
    EXPECT_TRUE(group.Barrier("start", kSoon).ok());
    if (group.rank() == 1) {
      done.wait();
      return absl::OkStatus();
    }
    at::Tensor tensor = Full(4, 1);
    absl::Status status = group.AllReduceSum(tensor, "gradients", absl::Milliseconds(200));
    first_is_done.set_value();
    return status;
  });
  EXPECT_EQ(first.code(), absl::StatusCode::kDeadlineExceeded) << first;
  EXPECT_THAT(std::string(first.message()), testing::HasSubstr("rank 0"));
  EXPECT_THAT(std::string(first.message()), testing::HasSubstr("operation 2 (gradients)"));
  EXPECT_THAT(std::string(first.message()),
              testing::HasSubstr("rank 1 last seen in operation 1 (start)"));
}

TEST_P(ProcessGroupTest, FailsEveryCallAfterAnError) {
  const auto [first, second] = AsTwoRanks(GetParam().join, [](ProcessGroup& group) {
    // Rank 1 must not close while rank 0 is still joining.
    EXPECT_TRUE(group.Barrier("start", kSoon).ok());
    if (group.rank() == 1) return absl::OkStatus();
    at::Tensor tensor = Full(4, 1);
    (void)group.AllReduceSum(tensor, "gradients", absl::Milliseconds(200));
    return group.Barrier("next", kSoon);
  });
  EXPECT_FALSE(first.ok());
  EXPECT_THAT(std::string(first.message()), testing::HasSubstr("(gradients)"));
}

TEST_P(ProcessGroupTest, SaysThatTheOthersDidNotJoinInTime) {
  const auto group = GetParam().join({.rank = 0,
                                      .size = 2,
                                      .master = FreeLocalAddress(),
                                      .join_timeout = absl::Milliseconds(300)});
  EXPECT_EQ(group.status().code(), absl::StatusCode::kDeadlineExceeded) << group.status();
}

TEST_P(ProcessGroupTest, RefusesWhatIsNoGroup) {
  EXPECT_EQ(GetParam().join({.rank = 2, .size = 2, .master = "a:1"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetParam().join({.rank = 0, .size = 2, .master = "nowhere"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace hir

#endif  // HIR_COLLECTIVE_PROCESS_GROUP_CASES_H_
