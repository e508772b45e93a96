#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "hir/config/schema.h"
#include "hir/fakes/in_process_server.h"
#include "hir/metrics/service_metrics.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"
#include "hir/testing/scratch_folder.h"
#include "hir/tokenizer/tokenizer.h"
#include "hir/weights/transfer.h"
#include "prometheus/registry.h"
#include "services/learner/config.h"
#include "services/learner/fakes.h"
#include "services/learner/learner_service.h"
#include "services/learner/run_settings.h"
#include "services/learner/translation.h"
#include "services/learner/weights_publisher.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

learner::v1::StepReport MakeReport(int64_t step, bool final) {
  learner::v1::StepReport report;
  report.set_step(step);
  report.set_final(final);
  return report;
}

// The service in process, with a client.
class LearnerServiceTest : public ::testing::Test {
 protected:
  // Collects the steps that a watcher receives until the stream ends; returns the stream's status.
  grpc::Status Watch(const std::string& run, int64_t after, std::vector<int64_t>& steps) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    learner::v1::WatchRequest request;
    request.set_run(run);
    request.set_after_step(after);
    const auto reader = stub_->Watch(&context, request);
    learner::v1::StepReport report;
    while (reader->Read(&report)) steps.push_back(report.step());
    return reader->Finish();
  }

  LearnerOutbox outbox_;
  prometheus::Registry registry_;
  LearnerMetrics metrics_{registry_};
  const ScratchFolder run_dir_;
  LearnerService service_{"r", run_dir_.path(), outbox_, metrics_.weights};
  InProcessServer server_{{&service_}};
  const std::unique_ptr<learner::v1::Learner::Stub> stub_ =
      learner::v1::Learner::NewStub(server_.channel());
};

TEST_F(LearnerServiceTest, MarksTheCheckpointThatItIsTold) {
  const auto mark = [this](const std::string& run, int64_t step) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    learner::v1::MarkBestRequest request;
    request.set_run(run);
    request.set_step(step);
    learner::v1::MarkBestResponse response;
    return stub_->MarkBest(&context, request, &response).error_code();
  };
  std::filesystem::create_directories(run_dir_.Path("checkpoints/global_step_3"));
  EXPECT_EQ(mark("r", 3), grpc::StatusCode::OK);
  EXPECT_EQ(mark("r", 4), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(mark("other", 3), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(std::filesystem::read_symlink(run_dir_.Path("checkpoints/best")), "global_step_3");
}

TEST_F(LearnerServiceTest, ShowsReportsAfterAStepAndEndsWithTheFinalOne) {
  for (const int64_t step : {1, 2, 3}) outbox_.AddReport(MakeReport(step, step == 3));
  std::vector<int64_t> steps;
  EXPECT_TRUE(Watch("r", 1, steps).ok());
  EXPECT_THAT(steps, ::testing::ElementsAre(2, 3));
}

TEST_F(LearnerServiceTest, TellsWatchersWhenItStopsBeforeTheEnd) {
  outbox_.AddReport(MakeReport(1, false));
  outbox_.Close();
  std::vector<int64_t> steps;
  EXPECT_EQ(Watch("r", 0, steps).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(steps, ::testing::ElementsAre(1));
}

TEST_F(LearnerServiceTest, TellsWatchersWhyItCannotGoOn) {
  outbox_.Close(absl::FailedPreconditionError("step 2 has nothing to train"));
  outbox_.Close();
  std::vector<int64_t> steps;
  const grpc::Status status = Watch("r", 0, steps);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "step 2 has nothing to train");
}

TEST_F(LearnerServiceTest, KnowsOnlyItsRun) {
  std::vector<int64_t> steps;
  EXPECT_EQ(Watch("other", 0, steps).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(LearnerServiceTest, GivesTheNewestWeightsToWhoFetches) {
  constexpr uint64_t kMaxBytes = 1 << 20;
  auto packed = std::make_shared<PackedWeights>();
  packed->tensors = {{.name = "w", .dtype = "F32", .shape = {2}}};
  packed->bytes = std::string(8, 'x');
  grpc::ClientContext early;
  PrepareCall(early, absl::Seconds(20));
  EXPECT_EQ(FetchWeights(*stub_, "r", kMaxBytes, early).status().code(),
            absl::StatusCode::kUnavailable);
  outbox_.SetWeights(
      {{.incarnation = 1, .version = 5, .digest = WeightsDigest(*packed), .run = "r"}, packed});
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  const auto fetched = FetchWeights(*stub_, "r", kMaxBytes, context);
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->version.version, 5);
  EXPECT_EQ(fetched->weights.bytes, packed->bytes);
  EXPECT_EQ(metrics_.weights.transfer_bytes.Value(), 8);
}

NewestWeights Version(int64_t version) {
  return {{.incarnation = 1, .version = version, .digest = "", .run = "r"},
          std::make_shared<const PackedWeights>()};
}

TEST(PushingPublisher, GoesOnWithoutAWorkerThatHangs) {
  absl::Notification release, other_served;
  PushingPublisher publisher(
      [&](const std::string& worker, const NewestWeights& weights, grpc::ClientContext&) {
        if (worker == "hanging") {
          release.WaitForNotification();
        } else if (weights.version.version == 2) {
          other_served.Notify();
        }
        return absl::OkStatus();
      });
  publisher.Publish(Version(1), {"hanging", "fine"});
  publisher.Publish(Version(2), {"hanging", "fine"});
  EXPECT_TRUE(other_served.WaitForNotificationWithTimeout(absl::Seconds(20)));
  release.Notify();
}

TEST(PushingPublisher, SendsASlowWorkerOnlyTheNewest) {
  absl::Notification first_begun, release, last_sent;
  std::vector<int64_t> sent;
  PushingPublisher publisher(
      [&](const std::string&, const NewestWeights& weights, grpc::ClientContext&) {
        sent.push_back(weights.version.version);
        if (weights.version.version == 1) {
          first_begun.Notify();
          release.WaitForNotification();
        }
        if (weights.version.version == 4) last_sent.Notify();
        return absl::OkStatus();
      });
  publisher.Publish(Version(1), {"slow"});
  first_begun.WaitForNotification();
  for (const int64_t version : {2, 3, 4}) publisher.Publish(Version(version), {"slow"});
  release.Notify();
  ASSERT_TRUE(last_sent.WaitForNotificationWithTimeout(absl::Seconds(20)));
  EXPECT_EQ(sent, (std::vector<int64_t>{1, 4}));
}

// Notifies when its thread ends.
struct ThreadEnd {
  absl::Notification* ended = nullptr;
  ~ThreadEnd() {
    if (ended != nullptr) ended->Notify();
  }
};

TEST(PushingPublisher, EndsTheThreadOfAWorkerThatIsNoLongerNamedUntilItIsNamedAgain) {
  absl::Notification begun, ended, again;
  PushingPublisher publisher(
      [&](const std::string& worker, const NewestWeights& weights, grpc::ClientContext&) {
        if (worker == "stays") return absl::OkStatus();
        thread_local ThreadEnd thread_end;
        if (weights.version.version == 1) {
          thread_end.ended = &ended;
          begun.Notify();
        } else {
          again.Notify();
        }
        return absl::OkStatus();
      });
  publisher.Publish(Version(1), {"stays", "goes"});
  ASSERT_TRUE(begun.WaitForNotificationWithTimeout(absl::Seconds(20)));
  publisher.Publish(Version(2), {"stays"});
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(20)));
  publisher.Publish(Version(3), {"stays", "goes"});
  EXPECT_TRUE(again.WaitForNotificationWithTimeout(absl::Seconds(20)));
}

// The call waits for a report that never comes.
TEST_F(LearnerServiceTest, IsLeftAtOnceByAPublisherThatEnds) {
  absl::Notification begun;
  absl::Status pushed;
  {
    PushingPublisher publisher(
        [&](const std::string&, const NewestWeights&, grpc::ClientContext& context) {
          PrepareCall(context, absl::Seconds(20));
          learner::v1::WatchRequest request;
          request.set_run("r");
          const auto reader = stub_->Watch(&context, request);
          begun.Notify();
          learner::v1::StepReport report;
          while (reader->Read(&report)) continue;
          pushed = FromGrpc(reader->Finish());
          return pushed;
        });
    publisher.Publish(Version(1), {"hanging"});
    begun.WaitForNotification();
  }
  EXPECT_EQ(pushed.code(), absl::StatusCode::kCancelled) << pushed;
  outbox_.Close();
}

TEST(ReadRunSettings, RefusesAModelFolderWithAnotherTokenizerThanReplays) {
  const std::string folder = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tiny_tokenizer";
  const auto tokenizer = Tokenizer::Load(folder);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  const LearnerServiceConfig config{.run = "r", .replay = "h:1", .run_dir = "d", .model = folder};
  FakeLedger ledger;
  ledger.settings.set_config_yaml(ToYaml(RunConfig()));
  ledger.settings.set_tokenizer_digest("of another");
  const absl::Status status = ReadRunSettings(config, ledger).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(folder));
  EXPECT_THAT(std::string(status.message()), HasSubstr("of another"));
  ledger.settings.set_tokenizer_digest((*tokenizer)->digest());
  const auto run = ReadRunSettings(config, ledger);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->model.path, folder);
}

TEST(AddFacts, LeavesOutWhatNoSampleMeasures) {
  replay::v1::StepFacts facts;
  facts.set_originals(2);
  facts.set_unknown(2);
  StepMetrics metrics;
  AddFacts(facts, metrics);
  for (const std::optional<double>& unmeasured :
       {metrics.reward_density, metrics.reward_std, metrics.critic_score_mean,
        metrics.hindsight_score_mean, metrics.hindsight_constraints_removed_mean}) {
    EXPECT_EQ(unmeasured, std::nullopt);
  }
  facts.set_unknown(1);
  facts.set_replayed(1);
  AddFacts(facts, metrics);
  EXPECT_TRUE(metrics.reward_density.has_value());
  EXPECT_TRUE(metrics.hindsight_score_mean.has_value());
}

TEST(AddFacts, TheExtremesOfBinaryRewardsFollowFromTheirMean) {
  const auto extremes = [](double density) {
    replay::v1::StepFacts facts;
    facts.set_originals(2);
    facts.set_reward_density(density);
    StepMetrics metrics;
    AddFacts(facts, metrics);
    return std::pair(metrics.critic_score_min.value(), metrics.critic_score_max.value());
  };
  EXPECT_EQ(extremes(0), std::pair(0.0, 0.0));
  EXPECT_EQ(extremes(0.5), std::pair(0.0, 1.0));
  EXPECT_EQ(extremes(1), std::pair(1.0, 1.0));
}

TEST(AddFacts, TakesTheRewardsThatTheRunTrainsWith) {
  replay::v1::StepFacts facts;
  facts.set_originals(2);
  facts.set_reward_density(0.5);
  facts.set_reward_mean(0.75);
  facts.set_reward_min(-0.5);
  facts.set_reward_max(1.5);
  StepMetrics metrics;
  AddFacts(facts, metrics);
  EXPECT_EQ(metrics.reward_density, 0.5);
  EXPECT_EQ(metrics.critic_score_mean, 0.75);
  EXPECT_EQ(metrics.critic_score_min, -0.5);
  EXPECT_EQ(metrics.critic_score_max, 1.5);
}

TEST(ToTrainingSample, TakesEveryField) {
  replay::v1::TrainingRow row;
  row.set_row(7);
  row.set_task(1);
  row.set_sample(2);
  row.set_replayed(true);
  row.set_included(true);
  row.set_reward(1);
  row.add_prompt_token_ids(3);
  row.add_original_prompt_token_ids(4);
  row.add_token_ids(5);
  row.add_logprobs(-0.5f);
  const TrainingSample sample = ToTrainingSample(row);
  EXPECT_EQ(sample.row, 7);
  EXPECT_EQ(sample.task, 1);
  EXPECT_EQ(sample.sample, 2);
  EXPECT_TRUE(sample.replayed && sample.included);
  EXPECT_EQ(sample.reward, 1);
  EXPECT_EQ(sample.prompt, std::vector<int32_t>{3});
  EXPECT_EQ(sample.original_prompt, std::vector<int32_t>{4});
  EXPECT_EQ(sample.tokens, std::vector<int32_t>{5});
  EXPECT_EQ(sample.logprobs, std::vector<float>{-0.5f});
}

TEST(LearnerServiceConfig, NamesTheFlagThatIsWrong) {
  LearnerServiceConfig config{.run = "r", .replay = "h:1", .run_dir = "d"};
  EXPECT_TRUE(Validate(config).ok());
  config.skip_steps = {3, 0};
  EXPECT_THAT(std::string(Validate(config).message()), HasSubstr("--skip-step 0"));
  config.world_size = 2;
  EXPECT_THAT(std::string(Validate(config).message()), HasSubstr("--master"));
  config.rank = 2;
  EXPECT_THAT(std::string(Validate(config).message()), HasSubstr("--rank"));
  config.run.clear();
  EXPECT_THAT(std::string(Validate(config).message()), HasSubstr("--run"));
}

}  // namespace
}  // namespace hir
