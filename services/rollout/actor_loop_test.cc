#include "services/rollout/actor_loop.h"

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/fakes/fake_replay.h"
#include "hir/fakes/fake_verifier.h"
#include "hir/fakes/in_process_server.h"
#include "hir/rpc/status.h"
#include "hir/testing/manual_clock.h"
#include "prometheus/registry.h"
#include "services/rollout/fake_engine.h"

namespace hir {
namespace {

using replay::v1::LeaseTasksResponse;

class ActorLoopTest : public testing::Test {
 protected:
  explicit ActorLoopTest(EntropySource entropy_source = EntropySource::kExact)
      : tokenizer_(Tokenizer::Load(HIR_SOURCE_DIR "/tests/fixtures/tiny_tokenizer").value()),
        server_({&replay_, &verifier_}),
        replay_stub_(server_.channel()),
        verifier_stub_(server_.channel()),
        metrics_(registry_) {
    config_.seed = 77;
    config_.rollout.responses_per_prompt = 2;
    config_.rollout.max_response_tokens = 9;
    config_.model.reasoning_end = "</think>";
    config_.hindsight.entropy_source = entropy_source;
    loop_ = std::make_unique<ActorLoop>(
        replay_client_, engine_, *tokenizer_, metrics_, clock_, config_,
        ActorOptions{.run = "run", .worker = "here:1", .max_running_sequences = 6},
        [this](const std::string& address,
               grpc::ClientContext& context) -> absl::StatusOr<ReceivedWeights> {
          ++fetches_;
          fetched_from_ = address;
          if (fetch_from_verifier_) return HangingFetch(context);
          return ReceivedWeights{{1, fetched_version_, "digest", "run"}, {{}, "12345678"}};
        });
    sender_ = std::make_unique<ResponseSender>(
        verifier_stub_, SenderOptions{.run = "run", .retry = {.initial = absl::Milliseconds(1)}},
        metrics_, [this](const common::v1::SampleId& id) { loop_->OnAcknowledged(id); },
        [this](const common::v1::SampleId& id, const std::string& why) {
          loop_->OnRefused(id, why);
        });
    loop_->SetSender(sender_.get());
  }
  ~ActorLoopTest() override {
    loop_->Stop();
    sender_->Stop();
  }

  // A call that never ends by itself.
  absl::StatusOr<ReceivedWeights> HangingFetch(grpc::ClientContext& context) {
    const auto stream = verifier_stub_.VerifyStream(&context);
    fetching_.Notify();
    verifier::v1::VerifyStreamResponse response;
    while (stream->Read(&response)) {
    }
    return FromGrpc(stream->Finish());
  }

  LeaseTasksResponse Fetch(int64_t version) {
    LeaseTasksResponse response;
    response.mutable_fetch_at_least()->set_incarnation(1);
    response.mutable_fetch_at_least()->set_version(version);
    response.set_learner("learner:9");
    return response;
  }

  std::unique_ptr<Tokenizer> tokenizer_;
  FakeReplay replay_;
  FakeVerifier verifier_;
  InProcessServer server_;
  replay::v1::Replay::Stub replay_stub_;
  ReplayClient replay_client_{
      replay_stub_, "run", [] { return false; }, {.patience = absl::ZeroDuration()}};
  verifier::v1::Verifier::Stub verifier_stub_;
  prometheus::Registry registry_;
  RolloutMetrics metrics_;
  FakeEngine engine_;
  ManualClock clock_;
  RunConfig config_;
  int fetches_ = 0;
  bool fetch_from_verifier_ = false;
  absl::Notification fetching_;
  std::string fetched_from_;
  int64_t fetched_version_ = 3;
  std::unique_ptr<ActorLoop> loop_;
  std::unique_ptr<ResponseSender> sender_;
};

TEST_F(ActorLoopTest, AsksForAsManyTasksAsTheEngineCanTake) {
  replay_.Answer(Tasks({10, 11}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  ASSERT_EQ(replay_.lease_requests().size(), 2u);
  EXPECT_EQ(replay_.lease_requests()[0].max_tasks(), 3u);
  EXPECT_EQ(replay_.lease_requests()[0].worker(), "here:1");
  EXPECT_EQ(replay_.lease_requests()[1].max_tasks(), 1u);
}

TEST_F(ActorLoopTest, LeasesNothingBeforeTheEngineHasTheLearnersWeights) {
  engine_.AwaitWeights();
  // Replay would lease to a worker of version 0, and knows no learner yet.
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_EQ(replay_.lease_requests()[0].max_tasks(), 0u);
  replay_.SetLearner("learner:9");
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_EQ(fetches_, 0);  // The learner's push gets its time.
  clock_.Sleep(absl::Minutes(1));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(engine_.requests(), 0u);
  replay_.Answer(Tasks({10}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_EQ(engine_.requests(), 1u);
}

TEST_F(ActorLoopTest, LeasesNothingWhileTheEngineIsFull) {
  replay_.Answer(Tasks({1, 2, 3}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_EQ(replay_.lease_requests().size(), 1u);
}

TEST_F(ActorLoopTest, SubmitsTheMissingSamplesWithTheSettingsOfTheRun) {
  replay_.Answer(Tasks({10}, 1, {1, 4}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  ASSERT_EQ(engine_.requests(), 1u);
  const GenerationRequest& request = engine_.request(0);
  EXPECT_EQ(request.key, 10u);
  EXPECT_THAT(request.prompt, testing::ElementsAre(72, 73));
  EXPECT_THAT(request.samples, testing::ElementsAre(1, 4));
  EXPECT_EQ(request.settings.seed, 77u);
  EXPECT_EQ(request.settings.max_response_tokens, 9);
  EXPECT_EQ(request.stop_tokens, tokenizer_->stop_token_ids());
}

TEST_F(ActorLoopTest, HandsEachResponseToTheVerifierAsItEnds) {
  sender_->Start();
  replay_.Answer(Tasks({10}, 5));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 1);
  ASSERT_TRUE(verifier_.AwaitReceived(1));
  const common::v1::Response response = verifier_.received()[0];
  EXPECT_EQ(response.id().run(), "run");
  EXPECT_EQ(response.id().task(), 10u);
  EXPECT_EQ(response.id().sample(), 1u);
  EXPECT_EQ(response.fencing_token(), 5u);
  EXPECT_EQ(response.step(), 4);
  EXPECT_EQ(response.instruction().question(), "Say AB.");
  EXPECT_THAT(response.prompt_token_ids(), testing::ElementsAre(72, 73));
  EXPECT_THAT(response.token_ids(), testing::ElementsAre(65, 66));
  EXPECT_THAT(response.logprobs(), testing::ElementsAre(-0.5f, -1.5f));
  EXPECT_EQ(response.text(), tokenizer_->Decode({65, 66}));
  EXPECT_EQ(response.finish_reason(), common::v1::FINISH_REASON_STOP);
  EXPECT_EQ(response.versions_size(), 1);
  EXPECT_EQ(response.reasoning_end(), "</think>");
  EXPECT_EQ(loop_->unmade(), 1);
}

TEST_F(ActorLoopTest, PassesOnTheEntropyThatTheEngineComputed) {
  sender_->Start();
  replay_.Answer(Tasks({10}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 1);
  ASSERT_TRUE(verifier_.AwaitReceived(1));
  EXPECT_EQ(verifier_.received()[0].entropy_mean_nats(), 1.25);
  EXPECT_EQ(verifier_.received()[0].entropy_source(), common::v1::ENTROPY_SOURCE_EXACT);
}

class SampledEntropyActorLoopTest : public ActorLoopTest {
 protected:
  SampledEntropyActorLoopTest() : ActorLoopTest(EntropySource::kSampled) {}
};

// So that the responses of engines that can't compute it compare.
TEST_F(SampledEntropyActorLoopTest, EstimatesTheEntropyAlsoWhereTheEngineComputedIt) {
  sender_->Start();
  replay_.Answer(Tasks({10}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 1);
  ASSERT_TRUE(verifier_.AwaitReceived(1));
  EXPECT_EQ(verifier_.received()[0].entropy_mean_nats(), 1);
  EXPECT_EQ(verifier_.received()[0].entropy_source(), common::v1::ENTROPY_SOURCE_SAMPLED);
}

// As templates make it where thinking is off.
TEST_F(ActorLoopTest, AResponseToAPromptThatEndsTheReasoningHasNone) {
  sender_->Start();
  LeaseTasksResponse tasks = Tasks({10}, 5);
  const std::vector<int32_t> prompt = *tokenizer_->Encode("Hi<think>\n\n</think>\n\n");
  tasks.mutable_tasks(0)->mutable_prompt_token_ids()->Assign(prompt.begin(), prompt.end());
  replay_.Answer(tasks);
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 1);
  ASSERT_TRUE(verifier_.AwaitReceived(1));
  EXPECT_EQ(verifier_.received()[0].reasoning_end(), "");
}

TEST_F(ActorLoopTest, RenewsALeaseUntilAllItsSamplesAreDurable) {
  verifier_.SetAcknowledging(false);
  sender_->Start();
  replay_.Answer(Tasks({10}, 5));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 0);
  engine_.Finish(0, 1);
  ASSERT_TRUE(loop_->RenewLeases().ok());
  ASSERT_EQ(replay_.renewals().size(), 1u);
  EXPECT_EQ(replay_.renewals()[0].leases(0).fencing_token(), 5u);
  common::v1::SampleId id;
  id.set_task(10);
  loop_->OnAcknowledged(id);
  id.set_sample(1);
  loop_->OnAcknowledged(id);
  ASSERT_TRUE(loop_->RenewLeases().ok());
  EXPECT_EQ(replay_.renewals().size(), 1u);
}

TEST_F(ActorLoopTest, ALostLeaseDropsOnlyWhatIsNotMade) {
  verifier_.SetAcknowledging(false);
  sender_->Start();
  replay_.Answer(Tasks({10, 11}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 0);
  replay_.Lose(10);
  ASSERT_TRUE(loop_->RenewLeases().ok());
  EXPECT_THAT(engine_.cancelled(), testing::ElementsAre(0));
  EXPECT_EQ(loop_->unmade(), 2);
  EXPECT_EQ(sender_->unacknowledged(), 1);
}

TEST_F(ActorLoopTest, ATaskLeasedAgainIsNotMadeTwice) {
  verifier_.SetAcknowledging(false);
  sender_->Start();
  replay_.Answer(Tasks({10}, 1));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 0);
  replay_.Lose(10);
  ASSERT_TRUE(loop_->RenewLeases().ok());
  replay_.Answer(Tasks({10}, 2));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  ASSERT_EQ(engine_.requests(), 2u);
  EXPECT_THAT(engine_.request(1).samples, testing::ElementsAre(1));
}

TEST_F(ActorLoopTest, ALateCancellationLeavesTheNewLeaseAlone) {
  engine_.CancelLater();
  replay_.Answer(Tasks({10}, 1));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  replay_.Lose(10);
  ASSERT_TRUE(loop_->RenewLeases().ok());
  replay_.Answer(Tasks({10}, 2));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  ASSERT_EQ(engine_.requests(), 2u);
  engine_.DeliverCancelled(0);
  EXPECT_EQ(loop_->unmade(), 2);
  engine_.Finish(1, 0);
  engine_.Finish(1, 1);
  EXPECT_EQ(loop_->unmade(), 0);
  EXPECT_EQ(sender_->unacknowledged(), 2);
}

TEST_F(ActorLoopTest, AResponseThatNobodyTakesLetsItsLeaseRunOut) {
  verifier_.Refuse(10, 0, "Replay refused the response: no");
  sender_->Start();
  replay_.Answer(Tasks({10, 11}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 0);
  ASSERT_TRUE(sender_->AwaitEmpty(kPatience));
  sender_->Stop();
  ASSERT_TRUE(loop_->RenewLeases().ok());
  ASSERT_EQ(replay_.renewals().size(), 1u);
  ASSERT_EQ(replay_.renewals()[0].leases_size(), 1);
  EXPECT_EQ(replay_.renewals()[0].leases(0).task(), 11u);
  EXPECT_EQ(loop_->unmade(), 3);
}

TEST_F(ActorLoopTest, ALeaseTakenAfterARefusalIsRenewed) {
  replay_.Answer(Tasks({10}, 1));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.Finish(0, 0);
  common::v1::SampleId id;
  id.set_task(10);
  loop_->OnRefused(id, "refused");
  replay_.Answer(Tasks({10}, 2));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_THAT(engine_.request(1).samples, testing::ElementsAre(0));
  ASSERT_TRUE(loop_->RenewLeases().ok());
  ASSERT_EQ(replay_.renewals().size(), 1u);
  EXPECT_EQ(replay_.renewals()[0].leases(0).fencing_token(), 2u);
}

TEST_F(ActorLoopTest, WaitsAWhileForAPushBeforeItFetches) {
  for (int i = 0; i < 3; ++i) replay_.Answer(Fetch(3));
  EXPECT_LT(loop_->LeaseAndSubmit().value(), absl::Seconds(1));
  EXPECT_EQ(fetches_, 0);
  clock_.Sleep(absl::Seconds(4));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(fetched_from_, "learner:9");
  EXPECT_EQ(engine_.Status().serving.version, 3);
  EXPECT_EQ(metrics_.weights.transfer_bytes.Value(), 8);
}

TEST_F(ActorLoopTest, NewWeightsEndTheWaitForTasks) {
  LeaseTasksResponse nothing;
  nothing.mutable_retry_after()->set_seconds(3600);
  replay_.Answer(nothing);
  replay_.Answer(Tasks({10}));
  loop_->Start();
  loop_->OnNewWeights();
  EXPECT_TRUE(engine_.AwaitRequests(1));
}

TEST_F(ActorLoopTest, StopLeasingEndsATransferOfWeights) {
  fetch_from_verifier_ = true;
  for (int i = 0; i < 2; ++i) replay_.Answer(Fetch(3));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  clock_.Sleep(absl::Seconds(4));
  loop_->Start();
  ASSERT_TRUE(fetching_.WaitForNotificationWithTimeout(kPatience));
  EXPECT_TRUE(loop_->StopLeasing(kPatience));
}

TEST_F(ActorLoopTest, DoesNotServeWeightsOlderThanReplayAsksFor) {
  fetched_version_ = 2;
  for (int i = 0; i < 2; ++i) replay_.Answer(Fetch(3));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  clock_.Sleep(absl::Seconds(4));
  EXPECT_EQ(loop_->LeaseAndSubmit().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(engine_.swaps(), 0u);
}

TEST_F(ActorLoopTest, GivesUpATaskThatTheEngineRefusesAndSaysWhy) {
  engine_.refusal = absl::InvalidArgumentError("too long");
  replay_.Answer(Tasks({10}, 5));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_EQ(loop_->unmade(), 0);
  ASSERT_TRUE(loop_->RenewLeases().ok());
  ASSERT_TRUE(loop_->RenewLeases().ok());
  ASSERT_EQ(replay_.renewals().size(), 1u);
  ASSERT_EQ(replay_.renewals()[0].leases_size(), 1);
  EXPECT_EQ(replay_.renewals()[0].leases(0).task(), 10u);
  EXPECT_EQ(replay_.renewals()[0].leases(0).fencing_token(), 5u);
  EXPECT_EQ(replay_.renewals()[0].leases(0).given_up(), "here:1: too long");
}

TEST_F(ActorLoopTest, GivesUpATaskOnceAllOfItsOtherResponsesAreMade) {
  replay_.Answer(Tasks({10}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  engine_.request(0).on_done(0, absl::InternalError("the logits are not finite"));
  ASSERT_TRUE(loop_->RenewLeases().ok());
  EXPECT_TRUE(replay_.renewals().empty());
  engine_.request(0).on_done(1, absl::InternalError("the logits are not finite"));
  replay_.SetDown(true);
  EXPECT_FALSE(loop_->RenewLeases().ok());
  replay_.SetDown(false);
  ASSERT_TRUE(loop_->RenewLeases().ok());
  ASSERT_EQ(replay_.renewals().size(), 1u);
  EXPECT_EQ(replay_.renewals()[0].leases(0).given_up(), "here:1: the logits are not finite");
}

TEST_F(ActorLoopTest, TheRunGoesOnWhenReplayIsBack) {
  replay_.SetDown(true);
  EXPECT_EQ(loop_->LeaseAndSubmit().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(loop_->RenewLeases().status().code(), absl::StatusCode::kUnavailable);
  sender_->Start();
  loop_->Start();
  replay_.Answer(Tasks({10}));
  replay_.SetDown(false);
  ASSERT_TRUE(engine_.AwaitRequests(1));
  engine_.Finish(0, 0);
  EXPECT_TRUE(verifier_.AwaitReceived(1));
}

TEST_F(ActorLoopTest, StopLeasingKeepsWhatIsLeased) {
  replay_.Answer(Tasks({10}));
  ASSERT_TRUE(loop_->LeaseAndSubmit().ok());
  EXPECT_TRUE(loop_->StopLeasing(kPatience));
  EXPECT_EQ(loop_->unmade(), 2);
  engine_.Finish(0, 0);
  engine_.Finish(0, 1);
  EXPECT_EQ(loop_->unmade(), 0);
  EXPECT_EQ(sender_->unacknowledged(), 2);
}

}  // namespace
}  // namespace hir
