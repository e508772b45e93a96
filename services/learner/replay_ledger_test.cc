#include "services/learner/replay_ledger.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

namespace hir {
namespace {

// Waiting costs no time.
class LeapingClock : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  void Sleep(absl::Duration duration) override {
    now_ += duration;
    ++sleeps;
  }
  int sleeps = 0;

 private:
  absl::Time now_ = absl::UnixEpoch();
};

// Fails with each status of `failures` in turn, then answers.
class ScriptedReplay : public replay::v1::Replay::Service {
 public:
  grpc::Status GetRun(grpc::ServerContext*, const replay::v1::GetRunRequest* request,
                      replay::v1::GetRunResponse* response) override {
    response->set_config_yaml("of " + request->run());
    response->mutable_weights()->set_incarnation(2);
    response->mutable_weights()->set_version(version);
    return Next();
  }
  grpc::Status GetBatch(grpc::ServerContext*, const replay::v1::GetBatchRequest*,
                        replay::v1::GetBatchResponse* response) override {
    response->set_batch_digest("digest");
    return Next();
  }

  int64_t version = 5;  // Newest that was advanced, in incarnation 2.
  std::vector<grpc::StatusCode> failures;
  std::atomic<size_t> calls = 0;

 private:
  grpc::Status Next() {
    const size_t call = calls++;
    return call < failures.size() ? grpc::Status(failures[call], "scripted") : grpc::Status::OK;
  }
};

class ReplayLedgerTest : public ::testing::Test {
 protected:
  ReplayLedgerTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&replay_);
    server_ = builder.BuildAndStart();
    ledger_ = std::make_unique<ReplayLedger>(
        replay::v1::Replay::NewStub(server_->InProcessChannel({})), "r", clock_,
        [this] { return replay_.calls >= stop_after_calls_; });
  }

  LeapingClock clock_;
  ScriptedReplay replay_;
  size_t stop_after_calls_ = 100;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<ReplayLedger> ledger_;
};

TEST_F(ReplayLedgerTest, WaitsOutAnOutageAndARunThatIsNotMadeYet) {
  replay_.failures = {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::NOT_FOUND};
  const auto run = ledger_->GetRun();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->config_yaml(), "of r");
  EXPECT_EQ(replay_.calls.load(), 3u);
  EXPECT_GE(clock_.sleeps, 2);
}

TEST_F(ReplayLedgerTest, AsksAgainWithoutAPauseWhenABatchIsNotFrozenYet) {
  replay_.failures = {grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::DEADLINE_EXCEEDED};
  const auto batch = ledger_->AwaitBatch(1, {});
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->batch_digest(), "digest");
  EXPECT_EQ(replay_.calls.load(), 3u);
  EXPECT_EQ(clock_.sleeps, 0);
}

TEST_F(ReplayLedgerTest, DoesNotRetryARefusal) {
  replay_.failures = {grpc::StatusCode::FAILED_PRECONDITION};
  EXPECT_EQ(ledger_->AwaitBatch(1, {}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(replay_.calls.load(), 1u);
}

// As when Redis comes back with an append-only file that was cut.
TEST_F(ReplayLedgerTest, NoticesWhileItWaitsThatTheLedgerHasLostTheNewestVersion) {
  const WeightsId advanced{.incarnation = 2, .version = 5, .digest = "d", .run = "r"};
  EXPECT_TRUE(ledger_->AwaitBatch(6, advanced).ok());
  replay_.version = 3;
  const absl::Status lost = ledger_->AwaitBatch(6, advanced).status();
  EXPECT_EQ(lost.code(), absl::StatusCode::kFailedPrecondition) << lost;
  EXPECT_NE(lost.message().find("now version 3"), std::string::npos) << lost;
  EXPECT_NE(lost.message().find("--new-ledger"), std::string::npos) << lost;
}

TEST_F(ReplayLedgerTest, NoticesWhileItWaitsThatTheRunIsGone) {
  const WeightsId advanced{.incarnation = 2, .version = 5, .digest = "d", .run = "r"};
  replay_.failures = {grpc::StatusCode::NOT_FOUND};
  EXPECT_EQ(ledger_->AwaitBatch(6, advanced).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ReplayLedgerTest, IsCancelledByAStopDuringAnOutage) {
  replay_.failures.assign(50, grpc::StatusCode::UNAVAILABLE);
  stop_after_calls_ = 3;
  EXPECT_TRUE(absl::IsCancelled(ledger_->GetRun().status()));
  EXPECT_EQ(replay_.calls.load(), 3u);
}

TEST_F(ReplayLedgerTest, IsCancelledByAStopBetweenTwoPolls) {
  replay_.failures.assign(50, grpc::StatusCode::DEADLINE_EXCEEDED);
  stop_after_calls_ = 2;
  EXPECT_TRUE(absl::IsCancelled(ledger_->AwaitBatch(1, {}).status()));
  EXPECT_EQ(replay_.calls.load(), 2u);
}

}  // namespace
}  // namespace hir
