#include "services/verifier/replay_forwarder.h"

#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/clock.h"
#include "hir/fakes/fake_replay.h"
#include "prometheus/gauge.h"

namespace hir {
namespace {

using replay::v1::InsertResult;
using ::testing::ElementsAre;

common::v1::ScoredResponse Sample(uint32_t sample, size_t text_bytes = 10) {
  common::v1::ScoredResponse scored;
  scored.mutable_response()->mutable_id()->set_run("run");
  scored.mutable_response()->mutable_id()->set_sample(sample);
  scored.mutable_response()->set_text(std::string(text_bytes, 'x'));
  return scored;
}

class ReplayForwarderTest : public testing::Test {
 protected:
  std::unique_ptr<ReplayForwarder> MakeForwarder() {
    if (stub_ == nullptr) stub_ = replay_->NewStub();
    ForwarderOptions options;
    options.retry.initial = absl::Milliseconds(1);
    options.retry.max = absl::Milliseconds(20);
    options.make_context = [] {
      auto context = std::make_unique<grpc::ClientContext>();
      context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
      return context;
    };
    options.should_stop = [this] { return stop_.load(); };
    options.on_result = [this](const common::v1::SampleId& id, const InsertResult& result) {
      answered_.push_back(id.sample());
      outcomes_.push_back(result.outcome());
    };
    options.on_failed = [this](const absl::Status&) { failed_.Notify(); };
    return std::make_unique<ReplayForwarder>(*stub_, clock_, std::move(options), gauge_);
  }

  std::unique_ptr<FakeReplay> replay_ = FakeReplay::Start();
  std::unique_ptr<replay::v1::Replay::Stub> stub_;
  RealClock clock_;
  prometheus::Gauge gauge_;
  std::atomic<bool> stop_ = false;
  std::vector<uint32_t> answered_;               // Read after Finish() only.
  std::vector<InsertResult::Outcome> outcomes_;  // The same.
  absl::Notification failed_;
};

TEST_F(ReplayForwarderTest, ReportsEveryResponseInOrder) {
  auto forwarder = MakeForwarder();
  for (uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(forwarder->Add(Sample(i)).ok());
  ASSERT_TRUE(forwarder->Finish().ok());
  EXPECT_THAT(answered_, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(replay_->stored().size(), 5u);
}

TEST_F(ReplayForwarderTest, FinishesAtOnceWithoutResponses) {
  EXPECT_TRUE(MakeForwarder()->Finish().ok());
  EXPECT_EQ(replay_->insert_calls(), 0);
}

TEST_F(ReplayForwarderTest, SendsLargeResponsesInChunks) {
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0, size_t{3} << 20)).ok());
  ASSERT_TRUE(forwarder->Finish().ok());
  EXPECT_EQ(replay_->stored()[0].response().text().size(), size_t{3} << 20);
}

TEST_F(ReplayForwarderTest, SendsAgainWhatABrokenStreamDidNotAnswer) {
  replay_->Script({.results = 0, .status = {grpc::StatusCode::UNAVAILABLE, "starting"}});
  replay_->Script({.results = 2, .status = {grpc::StatusCode::UNAVAILABLE, "going away"}});
  replay_->Script({.results = 1, .status = grpc::Status::OK});
  auto forwarder = MakeForwarder();
  for (uint32_t i = 0; i < 6; ++i) ASSERT_TRUE(forwarder->Add(Sample(i)).ok());
  ASSERT_TRUE(forwarder->Finish().ok());
  EXPECT_THAT(answered_, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(replay_->stored().size(), 6u);
}

TEST_F(ReplayForwarderTest, OutlivesARestartOfReplay) {
  const std::string address =
      absl::StrCat("unix:", testing::TempDir(), "/hir_fake_replay_", getpid());
  replay_ = FakeReplay::Start(address);
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0)).ok());
  ASSERT_TRUE(replay_->AwaitArrived(1));
  replay_.reset();
  ASSERT_TRUE(forwarder->Add(Sample(1)).ok());
  replay_ = FakeReplay::Start(address);
  ASSERT_TRUE(forwarder->Finish().ok());
  EXPECT_THAT(answered_, ElementsAre(0, 1));
}

TEST_F(ReplayForwarderTest, GoesOnAfterAResponseThatReplayRefuses) {
  replay_->Answer(0, 1, InsertResult::INVALID);
  auto forwarder = MakeForwarder();
  for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(forwarder->Add(Sample(i)).ok());
  ASSERT_TRUE(forwarder->Finish().ok());
  EXPECT_THAT(answered_, ElementsAre(0, 1, 2));
  EXPECT_THAT(outcomes_,
              ElementsAre(InsertResult::STORED, InsertResult::INVALID, InsertResult::STORED));
  EXPECT_EQ(gauge_.Value(), 0);
}

TEST_F(ReplayForwarderTest, TriesAgainAfterAnyErrorThatMayPass) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::INTERNAL, grpc::StatusCode::UNKNOWN, grpc::StatusCode::RESOURCE_EXHAUSTED,
        grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::CANCELLED}) {
    replay_->Script({.results = 0, .status = {code, "passes"}});
  }
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0)).ok());
  ASSERT_TRUE(forwarder->Finish().ok());
  EXPECT_EQ(replay_->stored().size(), 1u);
}

TEST_F(ReplayForwarderTest, EndsOnAnErrorThatWillNotPass) {
  replay_->Script({.results = 0, .status = {grpc::StatusCode::NOT_FOUND, "no such run"}});
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0)).ok());
  EXPECT_EQ(forwarder->Finish().code(), absl::StatusCode::kNotFound);
}

TEST_F(ReplayForwarderTest, TellsAtOnceThatForwardingEnded) {
  replay_->Script({.results = 0, .status = {grpc::StatusCode::NOT_FOUND, "no such run"}});
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0)).ok());
  EXPECT_TRUE(failed_.WaitForNotificationWithTimeout(absl::Seconds(20)));
}

TEST_F(ReplayForwarderTest, StopsRetryingWhenTold) {
  stub_ = replay_->NewStub();
  replay_.reset();
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0)).ok());
  stop_ = true;
  EXPECT_EQ(forwarder->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_F(ReplayForwarderTest, CountsWhatReplayHasNotAnswered) {
  replay_->SetOpen(false);
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0)).ok());
  ASSERT_TRUE(forwarder->Add(Sample(1)).ok());
  EXPECT_EQ(gauge_.Value(), 2);
  replay_->SetOpen(true);
  ASSERT_TRUE(forwarder->Finish().ok());
  EXPECT_EQ(gauge_.Value(), 0);
}

TEST_F(ReplayForwarderTest, GivesUpPendingResponsesWhenDestroyed) {
  replay_->SetOpen(false);
  auto forwarder = MakeForwarder();
  ASSERT_TRUE(forwarder->Add(Sample(0)).ok());
  ASSERT_TRUE(replay_->AwaitArrived(1));
  forwarder.reset();
  EXPECT_EQ(gauge_.Value(), 0);
}

}  // namespace
}  // namespace hir
