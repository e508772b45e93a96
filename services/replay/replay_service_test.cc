// Runs, tasks, leases and inserts.
#include "services/replay/replay_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/replay/replay_service_fixture.h"
#include "services/replay/task_intake.h"

namespace hir {
namespace {

using namespace replay::v1;  // NOLINT: the contract under test.
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ReplayServiceTest, CreatingARunIsIdempotentByConfiguration) {
  EXPECT_TRUE(*Create(config_));
  EXPECT_FALSE(*Create(config_));
  config_.seed = 99;
  EXPECT_EQ(Create(config_).status().code(), absl::StatusCode::kFailedPrecondition);
  config_.rollout.train_batch_size = -1;
  EXPECT_EQ(Create(config_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReplayServiceTest, ARunCanBeMadeLongerAndNothingElse) {
  ASSERT_TRUE(Create(config_).ok());
  config_.learner.total_steps += 5;
  EXPECT_FALSE(*Create(config_));
  GetRunRequest request;
  request.set_run("run");
  GetRunResponse response;
  ASSERT_TRUE(Call(&Replay::Stub::GetRun, request, &response).ok());
  EXPECT_EQ(response.config_yaml(), ToYaml(config_));
  config_.learner.total_steps -= 1;
  const absl::Status shorter = Create(config_).status();
  EXPECT_EQ(shorter.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(shorter.message()), HasSubstr("total_steps"));
}

TEST_F(ReplayServiceTest, ARunThatIsDeletedCanBeMadeAnewWithOtherSettings) {
  StartStep();
  DeleteRunRequest request;
  request.set_run("run");
  DeleteRunResponse response;
  ASSERT_TRUE(Call(&Replay::Stub::DeleteRun, request, &response).ok());
  EXPECT_EQ(Call(&Replay::Stub::DeleteRun, request, &response).code(), absl::StatusCode::kNotFound);
  config_.rollout.max_prompt_tokens = 8;
  ASSERT_TRUE(Create(config_).ok());
  EXPECT_EQ(Put({MakeTask(0, 1)}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReplayServiceTest, TellsARunsConfigurationAndTokenizer) {
  ASSERT_TRUE(Create(config_).ok());
  GetRunRequest request;
  request.set_run("run");
  GetRunResponse response;
  ASSERT_TRUE(Call(&Replay::Stub::GetRun, request, &response).ok());
  EXPECT_EQ(response.config_yaml(), ToYaml(config_));
  EXPECT_EQ(response.tokenizer_digest(), "bytes");
  request.set_run("other");
  EXPECT_EQ(Call(&Replay::Stub::GetRun, request, &response).code(), absl::StatusCode::kNotFound);
}

TEST_F(ReplayServiceTest, RefusesAPromptThatLeavesNoRoomForAResponseInTheModelsContext) {
  PutTasksRequest request;
  *request.add_tasks() = MakeTask(0, 1);
  const FakePromptEncoder encoder;
  LeasedTask stored;
  stored.ParseFromString(PrepareTasks(request, config_, encoder, 1000).value()[0].payload);
  const int64_t length = stored.prompt_token_ids_size();
  EXPECT_TRUE(PrepareTasks(request, config_, encoder, length + 1).ok());
  const absl::Status refused = PrepareTasks(request, config_, encoder, length).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr(absl::StrCat("the prompt of task 0 has ", length,
                                     " tokens, which leaves no room for a response in the "
                                     "model's context of ",
                                     length, "; drop the record")));
}

TEST_F(ReplayServiceTest, RefusesAnOverlongPromptAndStoresNothingOfTheCall) {
  ASSERT_TRUE(Create(config_).ok());
  Task longer = MakeTask(1, 1);
  longer.mutable_instruction()->set_question(std::string(100, 'x'));
  const absl::Status status = Put({MakeTask(0, 1), longer}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the prompt of task 1 has"));
  EXPECT_EQ(Put({MakeTask(0, 1)})->added(), 1u);
  EXPECT_EQ(Put({MakeTask(0, 1)})->existing(), 1u);
}

TEST_F(ReplayServiceTest, LeasesCarryTheRenderedPrompt) {
  config_.data.system_prompt = "System.";
  StartStep();
  const LeasedTask& task = leased_.tasks(0);
  EXPECT_EQ(std::string(task.prompt_token_ids().begin(), task.prompt_token_ids().end()),
            "System.|question 0\n\none\ntwo\nthree");
  EXPECT_THAT(task.missing_samples(), ElementsAre(0, 1, 2));
  EXPECT_EQ(task.fencing_token(), 1u);
  EXPECT_EQ(leased_.lease_duration().seconds(), config_.rollout.lease_seconds);
  EXPECT_GT(Lease(2).retry_after().nanos(), 0);
}

TEST_F(ReplayServiceTest, AQuestionThatTellsItsConstraintsItselfIsThePrompt) {
  ASSERT_TRUE(Create(config_).ok());
  Task task = MakeTask(0, 1);
  task.mutable_instruction()->set_prompt_is_complete(true);
  ASSERT_TRUE(Put({task}).ok());
  const LeaseTasksResponse leased = Lease(1);
  const auto& ids = leased.tasks(0).prompt_token_ids();
  EXPECT_EQ(std::string(ids.begin(), ids.end()), "|question 0");
}

TEST_F(ReplayServiceTest, RenewsLeasesByToken) {
  StartStep();
  RenewLeasesRequest request;
  request.set_run("run");
  for (uint64_t token : {1, 7}) {
    auto* lease = request.add_leases();
    lease->set_task(token == 1 ? 0 : 1);
    lease->set_fencing_token(token);
  }
  RenewLeasesResponse response;
  ASSERT_TRUE(Call(&Replay::Stub::RenewLeases, request, &response).ok());
  EXPECT_THAT(response.renewed_tasks(), ElementsAre(0));
}

TEST_F(ReplayServiceTest, AnswersEachInsertInOrder) {
  constexpr int kManyTokens = 300'000;
  config_.rollout.max_response_tokens = kManyTokens;
  StartStep();
  const auto make = [&](int task, uint32_t sample, const std::string& verdicts) {
    auto scored = MakeScored(leased_.tasks(task), sample, verdicts, 0.5);
    scored.mutable_response()->mutable_sampling()->set_max_response_tokens(kManyTokens);
    return scored;
  };
  auto good = make(0, 0, "ppp");
  auto broken = make(0, 1, "pp");
  auto stranger = make(0, 9, "ppp");
  auto big = make(1, 1, "ppp");
  while (big.response().token_ids_size() < kManyTokens) {
    big.mutable_response()->add_token_ids(300);
    big.mutable_response()->add_logprobs(-1);
  }
  ASSERT_GT(big.ByteSizeLong(), size_t{1} << 20);
  const auto results = Insert({good, good, broken, stranger, big});
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->size(), 5u);
  EXPECT_EQ((*results)[0].outcome(), InsertResult::STORED);
  EXPECT_EQ((*results)[1].outcome(), InsertResult::DUPLICATE);
  EXPECT_EQ((*results)[2].outcome(), InsertResult::INVALID);
  EXPECT_THAT((*results)[2].error(), HasSubstr("2 verdicts for 3 constraints"));
  EXPECT_EQ((*results)[3].outcome(), InsertResult::INVALID);
  EXPECT_EQ((*results)[4].outcome(), InsertResult::STORED);
  EXPECT_EQ((*results)[4].id().task(), 1u);
}

TEST_F(ReplayServiceTest, AStreamThatEndsInTheMiddleOfAChunkedResponseIsRefused) {
  StartStep();
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  const auto stream = instance_->stub->Insert(&context);
  common::v1::Chunk chunk;
  chunk.set_data("half");
  ASSERT_TRUE(stream->Write(chunk));
  stream->WritesDone();
  InsertResult result;
  EXPECT_FALSE(stream->Read(&result));
  EXPECT_EQ(FromGrpc(stream->Finish()).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReplayServiceTest, GaugesFollowLeasesAndInsertsWithoutAnybodyAskingForProgress) {
  StartStep();
  LedgerGauges gauges(instance_->store, instance_->metrics, absl::Milliseconds(1));
  gauges.Watch("run");
  gauges.Watch("there is none of that name");
  const auto shows = [](const prometheus::Gauge& gauge, double value) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (gauge.Value() != value && absl::Now() < end) {
    }
    return gauge.Value() == value;
  };
  EXPECT_TRUE(shows(instance_->metrics.items_ready, 2));
  EXPECT_TRUE(shows(instance_->metrics.items_leased, 2));
  EXPECT_TRUE(shows(instance_->metrics.leases, 2));
  const common::v1::ScoredResponse scored = Responses()[0];
  ASSERT_TRUE(Insert({scored}).ok());
  EXPECT_TRUE(shows(instance_->metrics.bytes, static_cast<double>(scored.ByteSizeLong())));
}

TEST_F(ReplayServiceTest, AWorkerThatStartsAgainIsSentForTheNewestWeightsThoughNoTaskWaits) {
  ASSERT_TRUE(Create(config_).ok());
  Advance(5, "w5", "");
  const LeaseTasksResponse response = Lease(1);
  EXPECT_EQ(response.fetch_at_least().version(), 5);
  EXPECT_EQ(response.fetch_at_least().digest(), "w5");
  EXPECT_EQ(response.learner(), "127.0.0.1:2");
}

TEST_F(ReplayServiceTest, ProgressAndWorkersFollowTheRun) {
  StartStep();
  ASSERT_TRUE(Insert({Responses()[0], Responses()[1]}).ok());
  const GetProgressResponse progress = Progress();
  EXPECT_EQ(progress.tasks(), 4u);
  EXPECT_EQ(progress.tasks_leased(), 2u);
  EXPECT_EQ(progress.samples(), 2u);
  EXPECT_EQ(progress.collecting_step(), 1);
  EXPECT_EQ(progress.collecting_samples(), 2u);
  EXPECT_EQ(progress.collecting_expected(), 6u);
  EXPECT_EQ(progress.workers(), 1u);
  ListWorkersRequest list;
  list.set_run("run");
  ListWorkersResponse workers;
  ASSERT_TRUE(Call(&Replay::Stub::ListWorkers, list, &workers).ok());
  ASSERT_EQ(workers.workers_size(), 1);
  EXPECT_EQ(workers.workers(0).address(), "127.0.0.1:1");
  EXPECT_GT(workers.workers(0).last_seen().seconds(), 0);
}

}  // namespace
}  // namespace hir
