// The service as its callers see it: over gRPC, on a real Redis.
#include "services/replay/replay_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/config/schema.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/server.h"
#include "hir/rpc/status.h"
#include "hir/store/redis_replay_store.h"
#include "hir/testing/redis_server.h"
#include "services/replay/fake_prompt_encoder.h"
#include "services/replay/sample_records.h"

namespace hir {
namespace {

using namespace replay::v1;  // NOLINT: the contract under test.
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One instance of the service with its server; several may share a Redis.
struct Instance {
  explicit Instance(const std::string& redis_url, const std::string& tokenizer = "bytes")
      : store({.address = ParseRedisUrl(redis_url).value()}),
        encoder(tokenizer),
        metrics(registry),
        service(store, encoder, metrics),
        server(RpcServer::Start({}, {{"hir.replay.v1.Replay", &service}}).value()),
        stub(Replay::NewStub(MakeChannel(absl::StrCat("127.0.0.1:", server->port())).value())) {}
  ~Instance() { service.Stop(); }

  RedisReplayStore store;
  FakePromptEncoder encoder;
  prometheus::Registry registry;
  ReplayMetrics metrics;
  ReplayService service;
  std::unique_ptr<RpcServer> server;
  std::unique_ptr<Replay::Stub> stub;
};

class ReplayServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    redis_ = RedisServer::Start().value();
    Restart();
    config_.name = "run";
    config_.model.path = "model";
    config_.data.train = "train.jsonl";
    config_.rollout.train_batch_size = 2;
    config_.rollout.responses_per_prompt = 3;
    config_.rollout.max_prompt_tokens = 64;
    config_.hindsight.replay_per_prompt = 1;
  }

  void Restart() {
    instance_.reset();
    instance_ = std::make_unique<Instance>(redis_->url());
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (Replay::Stub::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
                    const Request& request, Response* response,
                    absl::Duration timeout = absl::Seconds(20)) {
    grpc::ClientContext context;
    SetDeadline(context, timeout);
    return FromGrpc(((*instance_->stub).*method)(&context, request, response));
  }

  absl::StatusOr<bool> Create(const RunConfig& config) {
    CreateRunRequest request;
    request.set_run("run");
    request.set_config_yaml(ToYaml(config));
    CreateRunResponse response;
    const absl::Status status = Call(&Replay::Stub::CreateRun, request, &response);
    if (!status.ok()) return status;
    return response.created();
  }

  absl::StatusOr<PutTasksResponse> Put(const std::vector<Task>& tasks) {
    PutTasksRequest request;
    request.set_run("run");
    for (const Task& task : tasks) *request.add_tasks() = task;
    PutTasksResponse response;
    const absl::Status status = Call(&Replay::Stub::PutTasks, request, &response);
    if (!status.ok()) return status;
    return response;
  }

  LeaseTasksResponse Lease(uint32_t max_tasks, int64_t version = 0) {
    LeaseTasksRequest request;
    request.set_run("run");
    request.set_worker("worker:1");
    request.mutable_serving()->set_version(version);
    request.set_max_tasks(max_tasks);
    LeaseTasksResponse response;
    EXPECT_TRUE(Call(&Replay::Stub::LeaseTasks, request, &response).ok());
    return response;
  }

  // Sends the responses over one stream; the results in order.
  absl::StatusOr<std::vector<InsertResult>> Insert(
      const std::vector<common::v1::ScoredResponse>& responses) {
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(20));
    const auto stream = instance_->stub->Insert(&context);
    std::vector<InsertResult> results;
    for (const common::v1::ScoredResponse& scored : responses) {
      const auto chunks = SplitIntoChunks(scored.SerializeAsString());
      for (const common::v1::Chunk& chunk : *chunks) stream->Write(chunk);
      InsertResult result;
      if (!stream->Read(&result)) break;
      results.push_back(result);
    }
    stream->WritesDone();
    const absl::Status status = FromGrpc(stream->Finish());
    if (!status.ok()) return status;
    return results;
  }

  // A run whose step 1 (tasks 0 and 1) is leased; `leased_` holds the leases.
  void StartStep() {
    ASSERT_TRUE(Create(config_).ok());
    ASSERT_TRUE(Put({MakeTask(0, 1), MakeTask(1, 1), MakeTask(2, 2), MakeTask(3, 2)}).ok());
    leased_ = Lease(2);
    ASSERT_EQ(leased_.tasks_size(), 2);
  }

  std::vector<common::v1::ScoredResponse> Responses() {
    std::vector<common::v1::ScoredResponse> responses;
    const std::vector<std::string> verdicts = {"ppp", "ppf", "fff"};
    for (const LeasedTask& task : leased_.tasks()) {
      for (uint32_t i = 0; i < 3; ++i) {
        responses.push_back(MakeScored(task, i, verdicts[i], 0.5));
      }
    }
    return responses;
  }

  absl::StatusOr<GetBatchResponse> GetBatch(int64_t step,
                                            absl::Duration timeout = absl::Seconds(20)) {
    GetBatchRequest request;
    request.set_run("run");
    request.set_step(step);
    GetBatchResponse response;
    const absl::Status status = Call(&Replay::Stub::GetBatch, request, &response, timeout);
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<std::vector<TrainingRow>> ReadShard(uint32_t rank, uint32_t world_size) {
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(20));
    ReadShardRequest request;
    request.set_run("run");
    request.set_step(1);
    request.set_rank(rank);
    request.set_world_size(world_size);
    const auto reader = instance_->stub->ReadShard(&context, request);
    std::vector<TrainingRow> rows;
    for (TrainingRow row; reader->Read(&row);) rows.push_back(row);
    const absl::Status status = FromGrpc(reader->Finish());
    if (!status.ok()) return status;
    return rows;
  }

  absl::StatusOr<std::vector<RolloutRecord>> ReadStep(int64_t step) {
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(20));
    ReadStepRequest request;
    request.set_run("run");
    request.set_step(step);
    const auto reader = instance_->stub->ReadStep(&context, request);
    std::vector<RolloutRecord> records;
    for (RolloutRecord record; reader->Read(&record);) records.push_back(record);
    const absl::Status status = FromGrpc(reader->Finish());
    if (!status.ok()) return status;
    return records;
  }

  // A learner starts and publishes weights of `version`.
  void Advance(int64_t version, const std::string& digest, const std::string& batch_digest) {
    TakeIncarnationRequest take;
    take.set_run("run");
    take.set_learner("learner:1");
    TakeIncarnationResponse taken;
    ASSERT_TRUE(Call(&Replay::Stub::TakeIncarnation, take, &taken).ok());
    AdvanceVersionRequest advance;
    advance.mutable_weights()->set_run("run");
    advance.mutable_weights()->set_incarnation(taken.incarnation());
    advance.mutable_weights()->set_version(version);
    advance.mutable_weights()->set_digest(digest);
    advance.set_batch_digest(batch_digest);
    AdvanceVersionResponse advanced;
    ASSERT_TRUE(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).ok());
  }

  // The task's lease is over, without waiting for that.
  void ExpireLease(uint64_t task) {
    RedisClient client({.address = ParseRedisUrl(redis_->url()).value()});
    const std::vector<std::string> words = {"ZADD", "hir:{run}:leases", "XX", "0",
                                            absl::StrFormat("%020d", task)};
    ASSERT_TRUE(client.Command(words).ok());
  }

  GetProgressResponse Progress() {
    GetProgressRequest request;
    request.set_run("run");
    GetProgressResponse progress;
    EXPECT_EQ(Call(&Replay::Stub::GetProgress, request, &progress), absl::OkStatus());
    return progress;
  }

  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<Instance> instance_;
  RunConfig config_;
  LeaseTasksResponse leased_;
};

TEST_F(ReplayServiceTest, CreatingARunIsIdempotentByConfiguration) {
  EXPECT_TRUE(*Create(config_));
  EXPECT_FALSE(*Create(config_));
  config_.seed = 99;
  EXPECT_EQ(Create(config_).status().code(), absl::StatusCode::kFailedPrecondition);
  config_.rollout.train_batch_size = -1;
  EXPECT_EQ(Create(config_).status().code(), absl::StatusCode::kInvalidArgument);
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
  StartStep();
  auto good = MakeScored(leased_.tasks(0), 0, "ppp", 0.5);
  auto broken = MakeScored(leased_.tasks(0), 1, "pp", 0.5);
  auto stranger = MakeScored(leased_.tasks(0), 9, "ppp", 0.5);
  auto big = MakeScored(leased_.tasks(1), 1, "ppp", 0.5);
  big.mutable_response()->set_text(std::string(3 << 20, 'x'));
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

TEST_F(ReplayServiceTest, FreezesAStepWhenItsLastSampleArrives) {
  StartStep();
  EXPECT_EQ(GetBatch(1, absl::Milliseconds(50)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  ASSERT_TRUE(Insert(Responses()).ok());
  const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->rows_size(), 8);
  EXPECT_EQ(batch->facts().originals(), 6u);
  EXPECT_EQ(batch->facts().replayed(), 2u);
  EXPECT_EQ(batch->batch_digest().size(), 64u);
  EXPECT_EQ(Insert({Responses()[0]})->at(0).outcome(), InsertResult::DUPLICATE);
}

TEST_F(ReplayServiceTest, ShardsOfAnyWorldSizeMakeUpTheBatch) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const GetBatchResponse batch = GetBatch(1).value();
  for (uint32_t world_size : {1, 2, 3}) {
    std::set<uint32_t> seen;
    for (uint32_t rank = 0; rank < world_size; ++rank) {
      const std::vector<TrainingRow> shard = ReadShard(rank, world_size).value();
      for (const TrainingRow& row : shard) {
        EXPECT_TRUE(seen.insert(row.row()).second);
        const BatchRow& expected = batch.rows(static_cast<int>(row.row()));
        EXPECT_EQ(row.task(), expected.task());
        EXPECT_EQ(row.sample(), expected.sample());
        EXPECT_EQ(row.replayed(), expected.replayed());
        EXPECT_EQ(row.prompt_token_ids_size() + row.token_ids_size(),
                  static_cast<int>(expected.tokens()));
      }
    }
    EXPECT_EQ(seen.size(), 8u);
  }
  EXPECT_EQ(ReadShard(2, 2).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReplayServiceTest, AReplayedRowHasItsParentsTokensAndBothPrompts) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  ASSERT_TRUE(GetBatch(1).ok());
  const std::vector<TrainingRow> rows = ReadShard(0, 1).value();
  const TrainingRow& parent = rows[1];
  const TrainingRow& replayed = rows[2];
  EXPECT_EQ(rows[0].reward(), 1.0);
  EXPECT_EQ(parent.reward(), 0.0);
  EXPECT_EQ(replayed.reward(), 1.0);
  ASSERT_TRUE(replayed.replayed());
  EXPECT_THAT(replayed.token_ids(), ::testing::ElementsAreArray(parent.token_ids()));
  EXPECT_THAT(replayed.original_prompt_token_ids(),
              ::testing::ElementsAreArray(parent.prompt_token_ids()));
  EXPECT_EQ(std::string(replayed.prompt_token_ids().begin(), replayed.prompt_token_ids().end()),
            "|question 0\n\none\ntwo");
  EXPECT_TRUE(parent.original_prompt_token_ids().empty());
}

TEST_F(ReplayServiceTest, ReadsAStepForPeople) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  ASSERT_TRUE(GetBatch(1).ok());
  const std::vector<RolloutRecord> records = ReadStep(1).value();
  ASSERT_EQ(records.size(), 6u);
  EXPECT_FALSE(records[0].replayed());
  EXPECT_TRUE(records[1].replayed());
  EXPECT_THAT(records[1].kept_constraints(), ElementsAre(0, 1));
  EXPECT_EQ(records[1].rewritten_instruction(), "question 0\n\none\ntwo");
  EXPECT_EQ(records[1].scored().response().text(), "text");
}

TEST_F(ReplayServiceTest, AFrozenBatchIsTheSameAfterARestartOfServiceAndRedis) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const GetBatchResponse before = GetBatch(1).value();
  ASSERT_TRUE(redis_->Restart().ok());
  Restart();
  const GetBatchResponse after = GetBatch(1).value();
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(ReadShard(0, 1)->size(), 8u);
}

TEST_F(ReplayServiceTest, ACompleteStepIsFrozenByWhoeverIsAskedForItAfterACrash) {
  StartStep();
  // As if the process died between the last insert and the freeze.
  for (const common::v1::ScoredResponse& scored : Responses()) {
    ASSERT_TRUE(instance_->store
                    .Insert("run", {.task = scored.response().id().task(),
                                    .sample = scored.response().id().sample(),
                                    .step = 1,
                                    .token = 1,
                                    .payload = scored.SerializeAsString()})
                    .ok());
  }
  Restart();
  EXPECT_EQ(GetBatch(1)->rows_size(), 8);
}

TEST_F(ReplayServiceTest, ALearnersWritesAreFencedByIncarnation) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const std::string digest = GetBatch(1)->batch_digest();
  TakeIncarnationRequest take;
  take.set_run("run");
  take.set_learner("learner:1");
  TakeIncarnationResponse taken;
  ASSERT_TRUE(Call(&Replay::Stub::TakeIncarnation, take, &taken).ok());
  AdvanceVersionRequest advance;
  advance.mutable_weights()->set_run("run");
  advance.mutable_weights()->set_incarnation(taken.incarnation());
  advance.mutable_weights()->set_version(1);
  advance.mutable_weights()->set_digest("w1");
  advance.set_batch_digest(digest);
  AdvanceVersionResponse advanced;
  EXPECT_TRUE(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).ok());
  EXPECT_TRUE(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).ok());
  EXPECT_EQ(Lease(1).fetch_at_least().version(), 1);
  EXPECT_EQ(Lease(1).learner(), "learner:1");
  ASSERT_TRUE(Call(&Replay::Stub::TakeIncarnation, take, &taken).ok());
  EXPECT_EQ(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).code(),
            absl::StatusCode::kFailedPrecondition);
  CommitCheckpointRequest commit;
  *commit.mutable_weights() = advance.weights();
  commit.set_oldest_kept_version(1);
  CommitCheckpointResponse committed;
  EXPECT_EQ(Call(&Replay::Stub::CommitCheckpoint, commit, &committed).code(),
            absl::StatusCode::kFailedPrecondition);
  commit.mutable_weights()->set_incarnation(2);
  EXPECT_TRUE(Call(&Replay::Stub::CommitCheckpoint, commit, &committed).ok());
  EXPECT_TRUE(ReadShard(0, 1).ok());  // Step 1 is among the newest, which readers may still want.
  commit.mutable_weights()->set_version(17);
  commit.set_oldest_kept_version(17);
  EXPECT_TRUE(Call(&Replay::Stub::CommitCheckpoint, commit, &committed).ok());
  EXPECT_EQ(ReadShard(0, 1).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetBatch(1)->batch_digest(), digest);
}

TEST_F(ReplayServiceTest, AWorkerThatStartsAgainIsSentForTheNewestWeightsThoughNoTaskWaits) {
  ASSERT_TRUE(Create(config_).ok());
  Advance(5, "w5", "");
  const LeaseTasksResponse response = Lease(1);
  EXPECT_EQ(response.fetch_at_least().version(), 5);
  EXPECT_EQ(response.fetch_at_least().digest(), "w5");
  EXPECT_EQ(response.learner(), "learner:1");
}

TEST_F(ReplayServiceTest, AStepGoesOnWithoutAnAbandonedTaskWhoseSamplesAreUnwanted) {
  config_.rollout.max_attempts = 1;
  StartStep();
  const auto& leases = leased_.tasks();
  ASSERT_TRUE(Insert({MakeScored(leases[0], 0, "ppp", 0.5), MakeScored(leases[0], 1, "ppf", 0.5),
                      MakeScored(leases[0], 2, "fff", 0.5)})
                  .ok());
  ExpireLease(1);
  Lease(0);
  const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->facts().originals(), 3u);
  EXPECT_EQ(batch->facts().abandoned_tasks(), 1u);
  EXPECT_EQ(Insert({MakeScored(leases[1], 0, "ppp", 0.5)})->at(0).outcome(),
            InsertResult::UNWANTED);
}

// Nobody asks for its batch, and an earlier step is still collecting.
TEST_F(ReplayServiceTest, AnAbandonedTaskFreezesItsOwnStep) {
  config_.rollout.max_attempts = 1;
  config_.rollout.max_staleness = 1;
  ASSERT_TRUE(Create(config_).ok());
  ASSERT_TRUE(Put({MakeTask(0, 1), MakeTask(1, 1), MakeTask(2, 2), MakeTask(3, 2)}).ok());
  leased_ = Lease(4);
  ASSERT_EQ(leased_.tasks_size(), 4);
  for (uint32_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(Insert({MakeScored(leased_.tasks(2), i, "ppf", 0.5)}).ok());
  }
  ExpireLease(3);
  Lease(0);
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (Progress().newest_frozen_step() < 2 && absl::Now() < end) {
  }
  EXPECT_EQ(Progress().newest_frozen_step(), 2);
  EXPECT_EQ(Progress().collecting_step(), 1);
}

TEST_F(ReplayServiceTest, TwoInstancesOnOneRedisServeOneRun) {
  StartStep();
  const auto responses = Responses();
  ASSERT_TRUE(Insert({responses.begin(), responses.begin() + 3}).ok());
  std::unique_ptr<Instance> first = std::move(instance_);
  Restart();
  EXPECT_EQ(Insert({responses[0]})->at(0).outcome(), InsertResult::DUPLICATE);
  ASSERT_TRUE(Insert({responses.begin() + 3, responses.end()}).ok());
  const std::string digest = GetBatch(1)->batch_digest();
  instance_ = std::move(first);
  EXPECT_EQ(GetBatch(1)->batch_digest(), digest);
}

TEST_F(ReplayServiceTest, ReadingAStepThatIsNotFrozenIsRefused) {
  StartStep();
  EXPECT_EQ(ReadStep(1).status().code(), absl::StatusCode::kFailedPrecondition);
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
  EXPECT_GT(instance_->metrics.bytes.Value(), 0);
  ListWorkersRequest list;
  list.set_run("run");
  ListWorkersResponse workers;
  ASSERT_TRUE(Call(&Replay::Stub::ListWorkers, list, &workers).ok());
  ASSERT_EQ(workers.workers_size(), 1);
  EXPECT_EQ(workers.workers(0).address(), "worker:1");
  EXPECT_GT(workers.workers(0).last_seen().seconds(), 0);
}

TEST_F(ReplayServiceTest, RefusesARunOfAnotherTokenizer) {
  ASSERT_TRUE(Create(config_).ok());
  instance_.reset();
  instance_ = std::make_unique<Instance>(redis_->url(), "another");
  const absl::Status status = Put({MakeTask(0, 1)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("with tokenizer bytes"));
}

TEST_F(ReplayServiceTest, SaysThatRedisIsDownAndGoesOnWhenItIsBack) {
  StartStep();
  redis_->Kill();
  const absl::Status status = Insert({Responses()[0]}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be reached"));
  ASSERT_TRUE(redis_->Restart().ok());
  EXPECT_EQ(Insert({Responses()[0]})->at(0).outcome(), InsertResult::STORED);
}

TEST_F(ReplayServiceTest, StoppingEndsALongPoll) {
  StartStep();
  instance_->service.Stop();
  EXPECT_EQ(GetBatch(1).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace hir
