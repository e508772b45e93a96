#include "hir/client/replay_client.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/fakes/fake_replay.h"
#include "hir/fakes/in_process_server.h"
#include "hir/testing/manual_clock.h"

namespace hir {
namespace {

using grpc::StatusCode;
using ::testing::ElementsAre;

class ReplayClientTest : public ::testing::Test {
 protected:
  ReplayClient Client(absl::Duration patience) {
    return ReplayClient(stub_, "r", [this] { return replay_.calls() >= stop_after_calls_; },
                        {.patience = patience, .clock = &clock_});
  }

  ManualClock clock_;
  FakeReplay replay_;
  size_t stop_after_calls_ = 1000;
  InProcessServer server_{{&replay_}};
  replay::v1::Replay::Stub stub_{server_.channel()};
};

TEST_F(ReplayClientTest, RepeatsACallWhileReplayIsAway) {
  replay_.FailNext({StatusCode::UNAVAILABLE, StatusCode::DEADLINE_EXCEEDED});
  ReplayClient client = Client(absl::Minutes(2));
  const auto run = client.GetRun();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->config_yaml(), "name: r");
  EXPECT_EQ(replay_.calls(), 3u);
}

TEST_F(ReplayClientTest, RepeatsNoCallThatIsRefused) {
  replay_.FailNext({StatusCode::FAILED_PRECONDITION});
  ReplayClient client = Client(absl::Minutes(2));
  EXPECT_EQ(client.GetRun().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(replay_.calls(), 1u);
}

TEST_F(ReplayClientTest, GivesUpWithTheLastErrorWhenItsPatienceIsOver) {
  replay_.FailNext(std::vector(900, StatusCode::UNAVAILABLE));
  ReplayClient client = Client(absl::Minutes(2));
  const absl::Time begin = clock_.Now();
  EXPECT_EQ(client.GetRun().status(), absl::UnavailableError("scripted"));
  EXPECT_GE(clock_.Now() - begin, absl::Minutes(2));
  EXPECT_LT(clock_.Now() - begin, absl::Minutes(3));
}

TEST_F(ReplayClientTest, WithoutPatienceItAsksOnce) {
  replay_.FailNext({StatusCode::UNAVAILABLE});
  ReplayClient client = Client(absl::ZeroDuration());
  EXPECT_EQ(client.GetRun().status(), absl::UnavailableError("scripted"));
  EXPECT_EQ(replay_.calls(), 1u);
  EXPECT_EQ(clock_.sleeps(), 0);
}

TEST_F(ReplayClientTest, IsCancelledByAStopWhileReplayIsAway) {
  replay_.FailNext(std::vector(900, StatusCode::UNAVAILABLE));
  stop_after_calls_ = 3;
  ReplayClient client = Client(absl::InfiniteDuration());
  EXPECT_TRUE(absl::IsCancelled(client.GetRun().status()));
  EXPECT_EQ(replay_.calls(), 3u);
}

TEST_F(ReplayClientTest, EndsACallThatSaysNothingAtItsDeadlineAndAsksAgain) {
  replay_.BeSilentOnce();
  ReplayClient client(stub_, "r", [] { return false; },
                      {.timeout = absl::Milliseconds(50), .clock = &clock_});
  EXPECT_TRUE(client.GetRun().ok());
  EXPECT_EQ(replay_.calls(), 2u);
  replay_.BeSilentOnce();
  ReplayClient impatient(stub_, "r", [] { return false; },
                         {.patience = absl::ZeroDuration(), .timeout = absl::Milliseconds(50)});
  EXPECT_TRUE(absl::IsDeadlineExceeded(impatient.GetRun().status()));
}

TEST_F(ReplayClientTest, AwaitsARunThatIsNotMadeYetWhateverItsPatience) {
  replay_.FailNext({StatusCode::UNAVAILABLE, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND});
  ReplayClient client = Client(absl::ZeroDuration());
  const auto run = client.AwaitRun();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(replay_.calls(), 4u);
  EXPECT_GE(clock_.sleeps(), 3);
}

TEST_F(ReplayClientTest, AwaitsARunUntilItIsToldToStop) {
  replay_.FailNext(std::vector(900, StatusCode::NOT_FOUND));
  stop_after_calls_ = 5;
  ReplayClient client = Client(absl::ZeroDuration());
  EXPECT_TRUE(absl::IsCancelled(client.AwaitRun().status()));
}

TEST_F(ReplayClientTest, SaysThatARunDoesNotExistToWhoeverDoesNotAwaitIt) {
  replay_.FailNext({StatusCode::NOT_FOUND});
  ReplayClient client = Client(absl::Minutes(2));
  EXPECT_TRUE(absl::IsNotFound(client.GetRun().status()));
}

TEST_F(ReplayClientTest, PutsManyTasksInSeveralCalls) {
  ReplayClient client = Client(absl::Minutes(2));
  ASSERT_TRUE(client.PutTasks(std::vector<replay::v1::Task>(2500)).ok());
  EXPECT_THAT(replay_.puts(), ElementsAre(1024, 1024, 452));
}

TEST_F(ReplayClientTest, TellsABatchThatIsNotFrozenYetFromAnOutage) {
  replay_.FailNext({StatusCode::DEADLINE_EXCEEDED, StatusCode::UNAVAILABLE});
  ReplayClient client = Client(absl::InfiniteDuration());
  const auto unfrozen = client.PollBatch(1);
  ASSERT_TRUE(unfrozen.ok()) << unfrozen.status();
  EXPECT_FALSE(unfrozen->has_value());
  EXPECT_EQ(clock_.sleeps(), 0);
  const auto frozen = client.PollBatch(1);
  ASSERT_TRUE(frozen.ok() && frozen->has_value()) << frozen.status();
  EXPECT_EQ((*frozen)->batch_digest(), "digest");
}

TEST_F(ReplayClientTest, ReadsAShardFromItsBeginningWhenAStreamBreaksOff) {
  replay_.SetRows(std::vector<replay::v1::TrainingRow>(3), /*broken=*/1);
  ReplayClient client = Client(absl::Minutes(2));
  std::vector<size_t> places;
  const auto take = [&](size_t place, const replay::v1::TrainingRow&) { places.push_back(place); };
  ASSERT_TRUE(client.ReadShard(1, 0, 1, take).ok());
  EXPECT_THAT(places, ElementsAre(0, 0, 1, 2));
}

TEST_F(ReplayClientTest, AWorkersCallsAreMadeOnce) {
  replay_.FailNext({StatusCode::UNAVAILABLE, StatusCode::UNAVAILABLE});
  ReplayClient client = Client(absl::Minutes(2));
  EXPECT_TRUE(absl::IsUnavailable(client.LeaseTasks("here:1", {}, 1).status()));
  EXPECT_TRUE(absl::IsUnavailable(client.RenewLeases({}).status()));
  EXPECT_EQ(replay_.calls(), 2u);
}

TEST_F(ReplayClientTest, NamesTheRunTheWorkerAndItsWeightsInALease) {
  replay_.Answer(Tasks({7}));
  ReplayClient client = Client(absl::ZeroDuration());
  const auto leased = client.LeaseTasks("here:1", {.incarnation = 2, .version = 5}, 3);
  ASSERT_TRUE(leased.ok()) << leased.status();
  EXPECT_EQ(leased->tasks(0).task().task(), 7u);
  ASSERT_EQ(replay_.lease_requests().size(), 1u);
  const replay::v1::LeaseTasksRequest request = replay_.lease_requests()[0];
  EXPECT_EQ(request.run(), "r");
  EXPECT_EQ(request.worker(), "here:1");
  EXPECT_EQ(request.serving().version(), 5);
  EXPECT_EQ(request.max_tasks(), 3u);
}

TEST_F(ReplayClientTest, GivesBackTheTasksWhoseLeasesWereProlonged) {
  replay_.Lose(8);
  std::vector<replay::v1::RenewLeasesRequest::Lease> leases(2);
  leases[0].set_task(7);
  leases[1].set_task(8);
  ReplayClient client = Client(absl::ZeroDuration());
  const auto renewed = client.RenewLeases(leases);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_THAT(*renewed, ElementsAre(7));
}

}  // namespace
}  // namespace hir
