// The service as its callers see it: over gRPC, on a real Redis. For the tests of this folder.
#ifndef HIR_SERVICES_REPLAY_REPLAY_SERVICE_FIXTURE_H_
#define HIR_SERVICES_REPLAY_REPLAY_SERVICE_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/config/schema.h"
#include "hir/metrics/service_metrics.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/server.h"
#include "hir/rpc/status.h"
#include "hir/store/redis_replay_store.h"
#include "hir/testing/redis_server.h"
#include "services/replay/fake_prompt_encoder.h"
#include "services/replay/fake_response_decoder.h"
#include "services/replay/replay_service.h"
#include "services/replay/sample_records.h"

namespace hir {

// One instance of the service with its server; several may share a Redis.
struct Instance {
  explicit Instance(const std::string& redis_url, const std::string& tokenizer = "bytes",
                    const ReplayOptions& options = {})
      : store({.address = ParseRedisUrl(redis_url).value()}),
        encoder(tokenizer),
        metrics(registry),
        service(store, encoder, decoder, {.vocabulary = 512, .context = 1 << 20}, metrics, options),
        server(RpcServer::Start({}, {{"hir.replay.v1.Replay", &service}}).value()),
        stub(replay::v1::Replay::NewStub(
            MakeChannel(absl::StrCat("127.0.0.1:", server->port())).value())) {}
  ~Instance() { service.Stop(); }

  RedisReplayStore store;
  FakePromptEncoder encoder;
  FakeResponseDecoder decoder;
  prometheus::Registry registry;
  ReplayMetrics metrics;
  ReplayService service;
  std::unique_ptr<RpcServer> server;
  std::unique_ptr<replay::v1::Replay::Stub> stub;
};

// A running service, and calls on it.
class ReplayServiceTest : public ::testing::Test {
 protected:
  using Stub = replay::v1::Replay::Stub;

  void SetUp() override {
    redis_ = RedisServer::Start().value();
    Restart();
    config_.name = "run";
    config_.model.path = "model";
    config_.data.train = {{.file = "train.jsonl"}};
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
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response,
                    absl::Duration timeout = absl::Seconds(20)) {
    grpc::ClientContext context;
    PrepareCall(context, timeout);
    return FromGrpc(((*instance_->stub).*method)(&context, request, response));
  }

  absl::StatusOr<bool> Create(const RunConfig& config) {
    replay::v1::CreateRunRequest request;
    request.set_run("run");
    request.set_config_yaml(ToYaml(config));
    replay::v1::CreateRunResponse response;
    const absl::Status status = Call(&Stub::CreateRun, request, &response);
    if (!status.ok()) return status;
    return response.created();
  }

  absl::StatusOr<replay::v1::PutTasksResponse> Put(const std::vector<replay::v1::Task>& tasks) {
    replay::v1::PutTasksRequest request;
    request.set_run("run");
    for (const replay::v1::Task& task : tasks) *request.add_tasks() = task;
    replay::v1::PutTasksResponse response;
    const absl::Status status = Call(&Stub::PutTasks, request, &response);
    if (!status.ok()) return status;
    return response;
  }

  replay::v1::LeaseTasksResponse Lease(uint32_t max_tasks, int64_t version = 0) {
    replay::v1::LeaseTasksRequest request;
    request.set_run("run");
    request.set_worker("127.0.0.1:1");
    request.mutable_serving()->set_version(version);
    request.set_max_tasks(max_tasks);
    replay::v1::LeaseTasksResponse response;
    EXPECT_TRUE(Call(&Stub::LeaseTasks, request, &response).ok());
    return response;
  }

  // Sends the responses over one stream; the results in order.
  absl::StatusOr<std::vector<replay::v1::InsertResult>> Insert(
      const std::vector<common::v1::ScoredResponse>& responses) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    const auto stream = instance_->stub->Insert(&context);
    std::vector<replay::v1::InsertResult> results;
    for (const common::v1::ScoredResponse& scored : responses) {
      const auto chunks = SplitIntoChunks(scored.SerializeAsString());
      for (const common::v1::Chunk& chunk : *chunks) stream->Write(chunk);
      replay::v1::InsertResult result;
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
    for (const replay::v1::LeasedTask& task : leased_.tasks()) {
      for (uint32_t i = 0; i < 3; ++i) {
        responses.push_back(MakeScored(task, i, verdicts[i], 0.5));
      }
    }
    return responses;
  }

  absl::StatusOr<replay::v1::GetBatchResponse> GetBatch(
      int64_t step, absl::Duration timeout = absl::Seconds(20)) {
    replay::v1::GetBatchRequest request;
    request.set_run("run");
    request.set_step(step);
    replay::v1::GetBatchResponse response;
    const absl::Status status = Call(&Stub::GetBatch, request, &response, timeout);
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<std::vector<replay::v1::TrainingRow>> ReadShard(uint32_t rank,
                                                                 uint32_t world_size) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    replay::v1::ReadShardRequest request;
    request.set_run("run");
    request.set_step(1);
    request.set_rank(rank);
    request.set_world_size(world_size);
    const auto reader = instance_->stub->ReadShard(&context, request);
    std::vector<replay::v1::TrainingRow> rows;
    for (replay::v1::TrainingRow row; reader->Read(&row);) rows.push_back(row);
    const absl::Status status = FromGrpc(reader->Finish());
    if (!status.ok()) return status;
    return rows;
  }

  absl::StatusOr<std::vector<replay::v1::RolloutRecord>> ReadStep(int64_t step) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    replay::v1::ReadStepRequest request;
    request.set_run("run");
    request.set_step(step);
    const auto reader = instance_->stub->ReadStep(&context, request);
    std::vector<replay::v1::RolloutRecord> records;
    for (replay::v1::RolloutRecord record; reader->Read(&record);) records.push_back(record);
    const absl::Status status = FromGrpc(reader->Finish());
    if (!status.ok()) return status;
    return records;
  }

  // Puts the responses of step 1 into the ledger behind the service's back: nothing is frozen.
  void InsertUnseen(const std::vector<common::v1::ScoredResponse>& responses) {
    for (const common::v1::ScoredResponse& scored : responses) {
      ASSERT_TRUE(instance_->store
                      .Insert("run", {.task = scored.response().id().task(),
                                      .sample = scored.response().id().sample(),
                                      .step = 1,
                                      .token = 1,
                                      .payload = scored.SerializeAsString()})
                      .ok());
    }
  }

  // A learner starts and publishes weights of `version`.
  void Advance(int64_t version, const std::string& digest, const std::string& batch_digest) {
    replay::v1::TakeIncarnationRequest take;
    take.set_run("run");
    take.set_learner("127.0.0.1:2");
    replay::v1::TakeIncarnationResponse taken;
    ASSERT_TRUE(Call(&Stub::TakeIncarnation, take, &taken).ok());
    replay::v1::AdvanceVersionRequest advance;
    advance.mutable_weights()->set_run("run");
    advance.mutable_weights()->set_incarnation(taken.incarnation());
    advance.mutable_weights()->set_version(version);
    advance.mutable_weights()->set_digest(digest);
    advance.set_batch_digest(batch_digest);
    replay::v1::AdvanceVersionResponse advanced;
    ASSERT_TRUE(Call(&Stub::AdvanceVersion, advance, &advanced).ok());
  }

  // The task's lease is over, without waiting for that.
  void ExpireLease(uint64_t task) {
    RedisClient client({.address = ParseRedisUrl(redis_->url()).value()});
    const std::vector<std::string> words = {"ZADD", "hir:{run}:leases", "XX", "0",
                                            absl::StrFormat("%020d", task)};
    ASSERT_TRUE(client.Command(words).ok());
  }

  replay::v1::GetProgressResponse Progress() {
    replay::v1::GetProgressRequest request;
    request.set_run("run");
    replay::v1::GetProgressResponse progress;
    EXPECT_EQ(Call(&Stub::GetProgress, request, &progress), absl::OkStatus());
    return progress;
  }

  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<Instance> instance_;
  RunConfig config_;
  replay::v1::LeaseTasksResponse leased_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_REPLAY_SERVICE_FIXTURE_H_
