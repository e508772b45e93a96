#include "services/learner/replay_ledger.h"

#include <vector>

#include "gtest/gtest.h"
#include "hir/fakes/fake_replay.h"
#include "hir/fakes/in_process_server.h"
#include "hir/testing/manual_clock.h"

namespace hir {
namespace {

class ReplayLedgerTest : public ::testing::Test {
 protected:
  ReplayLedgerTest() { Advanced(5); }

  // The newest version in replay's ledger is this one, of incarnation 2.
  void Advanced(int64_t version) {
    common::v1::WeightsId weights;
    weights.set_incarnation(2);
    weights.set_version(version);
    replay_.Record(weights);
  }

  ManualClock clock_;
  FakeReplay replay_;
  size_t stop_after_calls_ = 100;
  const std::function<bool()> stopped_ = [this] { return replay_.calls() >= stop_after_calls_; };
  InProcessServer server_{{&replay_}};
  replay::v1::Replay::Stub stub_{server_.channel()};
  ReplayClient client_{
      stub_, "r", stopped_, {.patience = absl::InfiniteDuration(), .clock = &clock_}};
  ReplayLedger ledger_{client_, stopped_};
};

TEST_F(ReplayLedgerTest, WaitsOutAnOutageAndARunThatIsNotMadeYet) {
  replay_.FailNext({grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::NOT_FOUND});
  const auto run = ledger_.GetRun();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->config_yaml(), "name: r");
  EXPECT_EQ(replay_.calls(), 3u);
  EXPECT_GE(clock_.sleeps(), 2);
}

TEST_F(ReplayLedgerTest, AsksAgainWithoutAPauseWhenABatchIsNotFrozenYet) {
  replay_.FailNext({grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::DEADLINE_EXCEEDED});
  const auto batch = ledger_.AwaitBatch(1, {});
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->batch_digest(), "digest");
  EXPECT_EQ(replay_.calls(), 3u);
  EXPECT_EQ(clock_.sleeps(), 0);
}

TEST_F(ReplayLedgerTest, DoesNotRetryARefusal) {
  replay_.FailNext({grpc::StatusCode::FAILED_PRECONDITION});
  EXPECT_EQ(ledger_.AwaitBatch(1, {}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(replay_.calls(), 1u);
}

// As when Redis comes back with an append-only file that was cut.
TEST_F(ReplayLedgerTest, NoticesWhileItWaitsThatTheLedgerHasLostTheNewestVersion) {
  const WeightsId advanced{.incarnation = 2, .version = 5, .digest = "d", .run = "r"};
  EXPECT_TRUE(ledger_.AwaitBatch(6, advanced).ok());
  Advanced(3);
  const absl::Status lost = ledger_.AwaitBatch(6, advanced).status();
  EXPECT_EQ(lost.code(), absl::StatusCode::kFailedPrecondition) << lost;
  EXPECT_NE(lost.message().find("now version 3"), std::string::npos) << lost;
  EXPECT_NE(lost.message().find("--new-ledger"), std::string::npos) << lost;
}

TEST_F(ReplayLedgerTest, NoticesWhileItWaitsThatTheRunIsGone) {
  const WeightsId advanced{.incarnation = 2, .version = 5, .digest = "d", .run = "r"};
  replay_.FailNext({grpc::StatusCode::NOT_FOUND});
  EXPECT_EQ(ledger_.AwaitBatch(6, advanced).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ReplayLedgerTest, IsCancelledByAStopDuringAnOutage) {
  replay_.FailNext(std::vector(50, grpc::StatusCode::UNAVAILABLE));
  stop_after_calls_ = 3;
  EXPECT_TRUE(absl::IsCancelled(ledger_.GetRun().status()));
  EXPECT_EQ(replay_.calls(), 3u);
}

TEST_F(ReplayLedgerTest, IsCancelledByAStopBetweenTwoPolls) {
  replay_.FailNext(std::vector(50, grpc::StatusCode::DEADLINE_EXCEEDED));
  stop_after_calls_ = 2;
  EXPECT_TRUE(absl::IsCancelled(ledger_.AwaitBatch(1, {}).status()));
  EXPECT_EQ(replay_.calls(), 2u);
}

}  // namespace
}  // namespace hir
