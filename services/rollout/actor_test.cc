#include "services/rollout/actor.h"

#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/fakes/fake_replay.h"
#include "hir/fakes/fake_verifier.h"
#include "hir/fakes/in_process_server.h"
#include "prometheus/registry.h"
#include "services/rollout/fake_engine.h"

namespace hir {
namespace {

// An actor at work between fake neighbours.
class ActorTest : public testing::Test {
 protected:
  ActorTest() {
    RunConfig config;
    config.rollout.responses_per_prompt = 2;
    actor_ = std::make_unique<Actor>(
        ActorDependencies{replay_client_, verifier_stub_, engine_, *tokenizer_, metrics_, clock_},
        config, ActorOptions{.run = "run", .worker = "here:1", .max_running_sequences = 64},
        [](const std::string&, grpc::ClientContext&) -> absl::StatusOr<ReceivedWeights> {
          return absl::UnavailableError("no learner");
        });
  }
  ~ActorTest() override {
    verifier_.Hold(false);
    actor_.reset();
  }

  std::unique_ptr<Tokenizer> tokenizer_ =
      Tokenizer::Load(HIR_SOURCE_DIR "/tests/fixtures/tiny_tokenizer").value();
  FakeReplay replay_;
  FakeVerifier verifier_;
  InProcessServer server_{{&replay_, &verifier_}};
  replay::v1::Replay::Stub replay_stub_{server_.channel()};
  ReplayClient replay_client_{
      replay_stub_, "run", [] { return false; }, {.patience = absl::ZeroDuration()}};
  verifier::v1::Verifier::Stub verifier_stub_{server_.channel()};
  prometheus::Registry registry_;
  RolloutMetrics metrics_{registry_};
  FakeEngine engine_;
  RealClock clock_;
  std::unique_ptr<Actor> actor_;
};

TEST_F(ActorTest, DrainWaitsUntilWhatRunsIsMadeAndDurable) {
  verifier_.Hold(true);
  replay_.Answer(Tasks({10}));
  ASSERT_TRUE(engine_.AwaitRequests(1));
  absl::Notification drained;
  std::thread drain([&] {
    actor_->Drain(kPatience);
    drained.Notify();
  });
  engine_.Finish(0, 0);
  engine_.Finish(0, 1);
  EXPECT_TRUE(verifier_.AwaitReceived(1));
  EXPECT_FALSE(drained.HasBeenNotified());
  verifier_.Hold(false);
  EXPECT_TRUE(drained.WaitForNotificationWithTimeout(kPatience));
  drain.join();
  EXPECT_EQ(verifier_.received().size(), 2u);
}

TEST_F(ActorTest, DrainGivesUpAtItsDeadline) {
  replay_.Answer(Tasks({10}));
  ASSERT_TRUE(engine_.AwaitRequests(1));
  actor_->Drain(absl::Milliseconds(1));
  EXPECT_TRUE(verifier_.received().empty());
}

}  // namespace
}  // namespace hir
