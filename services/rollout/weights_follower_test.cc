#include "services/rollout/weights_follower.h"

#include <string>

#include "gtest/gtest.h"
#include "hir/testing/manual_clock.h"
#include "prometheus/registry.h"
#include "services/rollout/fake_engine.h"

namespace hir {
namespace {

constexpr absl::Duration kFetchAfter = absl::Seconds(3);

class WeightsFollowerTest : public testing::Test {
 protected:
  absl::StatusOr<absl::Duration> CatchUp(int64_t version) {
    return follower_.CatchUp({.incarnation = 1, .version = version}, "learner:9");
  }
  // Asks until the push is overdue, and once more.
  absl::StatusOr<absl::Duration> CatchUpLate(int64_t version) {
    EXPECT_TRUE(CatchUp(version).ok());
    clock_.Sleep(kFetchAfter);
    return CatchUp(version);
  }

  prometheus::Registry registry_;
  RolloutMetrics metrics_{registry_};
  FakeEngine engine_;
  ManualClock clock_;
  int fetches_ = 0;
  int64_t learner_has_ = 3;
  WeightsFollower follower_{
      engine_,
      metrics_.weights,
      clock_,
      {.run = "run", .fetch_timeout = absl::Seconds(9), .fetch_after = kFetchAfter},
      [this](const std::string& address, grpc::ClientContext&) -> absl::StatusOr<ReceivedWeights> {
        EXPECT_EQ(address, "learner:9");
        ++fetches_;
        return ReceivedWeights{{1, learner_has_, "digest", "run"}, {{}, "12345678"}};
      }};
};

TEST_F(WeightsFollowerTest, GivesThePushItsTime) {
  EXPECT_GT(CatchUp(3).value(), absl::ZeroDuration());
  clock_.Sleep(kFetchAfter - absl::Milliseconds(1));
  EXPECT_GT(CatchUp(3).value(), absl::ZeroDuration());
  EXPECT_EQ(fetches_, 0);
}

TEST_F(WeightsFollowerTest, FetchesWhatWasNotPushed) {
  EXPECT_EQ(CatchUpLate(3).value(), absl::ZeroDuration());
  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(engine_.Status().serving.version, 3);
  EXPECT_EQ(metrics_.weights.transfer_bytes.Value(), 8);
  EXPECT_EQ(metrics_.weights.version.Value(), 3);
}

TEST_F(WeightsFollowerTest, EachPushHasItsOwnTime) {
  ASSERT_TRUE(CatchUp(2).ok());
  clock_.Sleep(kFetchAfter);
  follower_.OnCurrent();
  EXPECT_GT(CatchUp(3).value(), absl::ZeroDuration());
  EXPECT_EQ(fetches_, 0);
}

TEST_F(WeightsFollowerTest, DoesNotServeOlderWeightsThanAreWanted) {
  learner_has_ = 2;
  EXPECT_EQ(CatchUpLate(3).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(engine_.swaps(), 0u);
}

TEST_F(WeightsFollowerTest, APushThatWasNewerMeanwhileIsAsGood) {
  ASSERT_TRUE(engine_.SwapWeights({1, 4, "digest", "run"}, {}, absl::InfiniteFuture()).ok());
  EXPECT_EQ(CatchUpLate(3).value(), absl::ZeroDuration());
  EXPECT_EQ(engine_.Status().serving.version, 4);
  EXPECT_EQ(metrics_.weights.transfer_bytes.Value(), 0);
}

TEST_F(WeightsFollowerTest, BeginsNoTransferOnceStopped) {
  follower_.Stop();
  EXPECT_EQ(CatchUpLate(3).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(fetches_, 0);
}

}  // namespace
}  // namespace hir
