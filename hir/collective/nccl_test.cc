// NCCL between two GPUs of one machine; elsewhere there is nothing to run it on.
#include <c10/cuda/CUDAFunctions.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "hir/collective/process_group.h"
#include "hir/collective/two_ranks.h"

namespace hir {
namespace {

constexpr absl::Duration kSoon = absl::Seconds(20);

absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinOnOwnDevice(const ProcessGroupOptions& options) {
  c10::cuda::set_device(static_cast<c10::DeviceIndex>(options.rank));
  return JoinNcclGroup(options);
}

class NcclProcessGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (c10::cuda::device_count() < 2) GTEST_SKIP() << "needs two GPUs";
  }
};

TEST_F(NcclProcessGroupTest, AddsUpOverRanksOnTheDeviceAndOnTheCpu) {
  for (const auto type : {at::kCPU, at::kCUDA}) {
    const auto [first, second] = AsTwoRanks(JoinOnOwnDevice, [&](ProcessGroup& group) {
      at::Tensor tensor = at::full({1000}, group.rank() + 1.0, at::kDouble).to(type);
      EXPECT_TRUE(group.AllReduceSum(tensor, "sum", kSoon).ok());
      return tensor.cpu();
    });
    EXPECT_TRUE(first.equal(at::full({1000}, 3.0, at::kDouble)));
    EXPECT_TRUE(second.equal(first));
  }
}

TEST_F(NcclProcessGroupTest, GivesEveryRankTheRootsTensor) {
  const auto [first, second] = AsTwoRanks(JoinOnOwnDevice, [](ProcessGroup& group) {
    at::Tensor tensor = at::full({3}, group.rank() + 1.0);
    EXPECT_TRUE(group.Broadcast(tensor, 1, "weights", kSoon).ok());
    return tensor;
  });
  EXPECT_TRUE(first.equal(at::full({3}, 2.0)));
  EXPECT_TRUE(second.equal(first));
}

// Rank 1 stays alive, but does not come to the second operation.
TEST_F(NcclProcessGroupTest, SaysThatTheDeadlinePassed) {
  std::promise<void> first_is_done;
  auto done = first_is_done.get_future().share();
  const auto [first, second] = AsTwoRanks(JoinOnOwnDevice, [&](ProcessGroup& group) {
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
}

TEST_F(NcclProcessGroupTest, DoesNotWaitLongerThanToldForARankToJoin) {
  const auto group = JoinOnOwnDevice({.rank = 0,
                                      .size = 2,
                                      .master = FreeLocalAddress(),
                                      .join_timeout = absl::Milliseconds(300)});
  EXPECT_EQ(group.status().code(), absl::StatusCode::kDeadlineExceeded) << group.status();
}

}  // namespace
}  // namespace hir
