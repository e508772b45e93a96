#include "hir/fakes/fake_replay.h"

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/testing/patience.h"

namespace hir {

using common::v1::ScoredResponse;
using replay::v1::InsertResult;

std::unique_ptr<FakeReplay> FakeReplay::Start(const std::string& address) {
  auto fake = std::make_unique<FakeReplay>();
  ServerOptions options;
  options.address = address;
  fake->listen_ = address;
  fake->server_ =
      RpcServer::Start(options, {{replay::v1::Replay::service_full_name(), fake.get()}}).value();
  return fake;
}

FakeReplay::~FakeReplay() {
  SetOpen(true);
  if (server_ != nullptr) server_->Drain(absl::ZeroDuration());
}

std::string FakeReplay::address() const {
  return server_->port() == 0 ? listen_ : absl::StrCat("127.0.0.1:", server_->port());
}

std::unique_ptr<replay::v1::Replay::Stub> FakeReplay::NewStub() const {
  return replay::v1::Replay::NewStub(MakeChannel(address()).value());
}

void FakeReplay::SetDown(bool down) {
  absl::MutexLock lock(&mutex_);
  down_ = down;
}

void FakeReplay::FailNext(std::vector<grpc::StatusCode> codes) {
  absl::MutexLock lock(&mutex_);
  failures_.assign(codes.begin(), codes.end());
}

void FakeReplay::BeSilentOnce() {
  absl::MutexLock lock(&mutex_);
  silent_ = true;
}

size_t FakeReplay::calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

grpc::Status FakeReplay::Begin(const grpc::ServerContext& context) {
  absl::MutexLock lock(&mutex_);
  ++calls_;
  const auto never = [] { return false; };
  for (const bool silent = std::exchange(silent_, false); silent && !context.IsCancelled();) {
    mutex_.AwaitWithTimeout(absl::Condition(&never), absl::Milliseconds(10));
  }
  if (failures_.empty()) return grpc::Status::OK;
  const grpc::StatusCode code = failures_.front();
  failures_.pop_front();
  return {code, "scripted"};
}

void FakeReplay::Record(const common::v1::WeightsId& weights) {
  {
    absl::MutexLock lock(&mutex_);
    recorded_ = weights;
  }
  absl::MutexLock lock(&ring_.mutex);
  ring_.version = weights.version();
}

std::vector<int> FakeReplay::puts() const {
  absl::MutexLock lock(&mutex_);
  return puts_;
}

void FakeReplay::SetRows(std::vector<replay::v1::TrainingRow> rows, int broken) {
  absl::MutexLock lock(&mutex_);
  rows_ = std::move(rows);
  broken_shards_ = broken;
}

grpc::Status FakeReplay::GetRun(grpc::ServerContext* context,
                                const replay::v1::GetRunRequest* request,
                                replay::v1::GetRunResponse* response) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  {
    absl::MutexLock lock(&mutex_);
    if (down_) return {grpc::StatusCode::UNAVAILABLE, "Redis cannot be reached"};
    *response->mutable_weights() = recorded_;
  }
  absl::MutexLock lock(&ring_.mutex);
  response->set_config_yaml(absl::StrCat("name: ", request->run()));
  response->mutable_weights()->set_version(ring_.version);
  response->set_checkpoint_version(ring_.checkpoint);
  return grpc::Status::OK;
}

grpc::Status FakeReplay::PutTasks(grpc::ServerContext* context,
                                  const replay::v1::PutTasksRequest* request,
                                  replay::v1::PutTasksResponse*) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  {
    absl::MutexLock lock(&mutex_);
    puts_.push_back(request->tasks_size());
  }
  absl::MutexLock lock(&ring_.mutex);
  if (ring_.puts_to_lose-- > 0) return grpc::Status::OK;
  for (const auto& task : request->tasks()) ring_.tasks.push_back(task);
  return grpc::Status::OK;
}

grpc::Status FakeReplay::GetProgress(grpc::ServerContext* context,
                                     const replay::v1::GetProgressRequest*,
                                     replay::v1::GetProgressResponse* response) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  absl::MutexLock lock(&ring_.mutex);
  if (ring_.lost_run) return {grpc::StatusCode::NOT_FOUND, "run 'r' does not exist"};
  response->set_collecting_step(ring_.version + 1);
  response->set_tasks(static_cast<uint64_t>(ring_.StepsPut()) * kFakeTasksPerStep);
  return grpc::Status::OK;
}

grpc::Status FakeReplay::ReadStep(grpc::ServerContext* context,
                                  const replay::v1::ReadStepRequest* request,
                                  grpc::ServerWriter<replay::v1::RolloutRecord>* writer) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  {
    absl::MutexLock lock(&ring_.mutex);
    if (ring_.broken_reads-- > 0) return {grpc::StatusCode::INTERNAL, "odd"};
  }
  replay::v1::RolloutRecord record;
  record.mutable_scored()->mutable_response()->set_step(request->step());
  writer->Write(record);
  return grpc::Status::OK;
}

grpc::Status FakeReplay::GetBatch(grpc::ServerContext* context, const replay::v1::GetBatchRequest*,
                                  replay::v1::GetBatchResponse* response) {
  response->set_batch_digest("digest");
  return Begin(*context);
}

grpc::Status FakeReplay::ReadShard(grpc::ServerContext* context,
                                   const replay::v1::ReadShardRequest*,
                                   grpc::ServerWriter<replay::v1::TrainingRow>* writer) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  for (const replay::v1::TrainingRow& row : rows_) {
    writer->Write(row);
    if (broken_shards_-- > 0) return {grpc::StatusCode::UNAVAILABLE, "killed"};
  }
  return grpc::Status::OK;
}

void FakeReplay::Answer(replay::v1::LeaseTasksResponse answer) {
  absl::MutexLock lock(&mutex_);
  leases_.push_back(std::move(answer));
}

void FakeReplay::SetLearner(std::string address) {
  absl::MutexLock lock(&mutex_);
  learner_ = std::move(address);
}

void FakeReplay::Lose(uint64_t task) {
  absl::MutexLock lock(&mutex_);
  lost_.insert(task);
}

std::vector<replay::v1::LeaseTasksRequest> FakeReplay::lease_requests() const {
  absl::MutexLock lock(&mutex_);
  return lease_requests_;
}

std::vector<replay::v1::RenewLeasesRequest> FakeReplay::renewals() const {
  absl::MutexLock lock(&mutex_);
  return renewals_;
}

grpc::Status FakeReplay::ListWorkers(grpc::ServerContext* context,
                                     const replay::v1::ListWorkersRequest*,
                                     replay::v1::ListWorkersResponse* response) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  absl::MutexLock lock(&ring_.mutex);
  if (ring_.calls_before_workers-- > 0) return grpc::Status::OK;
  for (const std::string& address : ring_.workers) response->add_workers()->set_address(address);
  return grpc::Status::OK;
}

grpc::Status FakeReplay::LeaseTasks(grpc::ServerContext* context,
                                    const replay::v1::LeaseTasksRequest* request,
                                    replay::v1::LeaseTasksResponse* response) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  if (down_) return {grpc::StatusCode::UNAVAILABLE, "Redis cannot be reached"};
  lease_requests_.push_back(*request);
  if (request->max_tasks() == 0) {
    response->set_learner(learner_);
  } else if (!leases_.empty()) {
    *response = std::move(leases_.front());
    leases_.pop_front();
  }
  response->mutable_lease_duration()->set_seconds(30);
  return grpc::Status::OK;
}

grpc::Status FakeReplay::RenewLeases(grpc::ServerContext* context,
                                     const replay::v1::RenewLeasesRequest* request,
                                     replay::v1::RenewLeasesResponse* response) {
  if (const grpc::Status status = Begin(*context); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  renewals_.push_back(*request);
  for (const auto& lease : request->leases()) {
    if (!lost_.contains(lease.task())) response->add_renewed_tasks(lease.task());
  }
  return grpc::Status::OK;
}

void FakeReplay::Script(InsertScript script) {
  absl::MutexLock lock(&mutex_);
  scripts_.push_back(std::move(script));
}

void FakeReplay::Answer(uint64_t task, uint32_t sample, InsertResult::Outcome outcome) {
  absl::MutexLock lock(&mutex_);
  answers_[{task, sample}] = outcome;
}

void FakeReplay::SetOpen(bool open) {
  absl::MutexLock lock(&mutex_);
  open_ = open;
}

std::vector<ScoredResponse> FakeReplay::stored() const {
  absl::MutexLock lock(&mutex_);
  return stored_;
}

int FakeReplay::insert_calls() const {
  absl::MutexLock lock(&mutex_);
  return insert_calls_;
}

bool FakeReplay::AwaitArrived(int count) const {
  const auto arrived = [this, count]()
                           ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return arrived_ >= count; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&arrived), kPatience);
}

FakeReplay::InsertScript FakeReplay::NextScript() {
  absl::MutexLock lock(&mutex_);
  ++insert_calls_;
  if (scripts_.empty()) return {.results = INT_MAX};
  InsertScript script = scripts_.front();
  scripts_.pop_front();
  return script;
}

InsertResult FakeReplay::Take(ScoredResponse scored) {
  InsertResult result;
  *result.mutable_id() = scored.response().id();
  const auto& id = scored.response().id();
  absl::MutexLock lock(&mutex_);
  ++arrived_;
  mutex_.Await(absl::Condition(&open_));
  if (const auto answer = answers_.find({id.task(), id.sample()}); answer != answers_.end()) {
    result.set_outcome(answer->second);
    result.set_error("scripted");
    return result;
  }
  const bool known = std::any_of(stored_.begin(), stored_.end(), [&id](const auto& each) {
    return each.response().id().task() == id.task() && each.response().id().sample() == id.sample();
  });
  result.set_outcome(known ? InsertResult::DUPLICATE : InsertResult::STORED);
  if (!known) stored_.push_back(std::move(scored));
  return result;
}

grpc::Status FakeReplay::Insert(grpc::ServerContext*,
                                grpc::ServerReaderWriter<InsertResult, common::v1::Chunk>* stream) {
  const InsertScript script = NextScript();
  ChunkJoiner joiner;
  common::v1::Chunk chunk;
  int results = 0;
  while (results < script.results && stream->Read(&chunk)) {
    if (!joiner.Add(chunk).value()) continue;
    ScoredResponse scored;
    scored.ParseFromString(joiner.Take());
    stream->Write(Take(std::move(scored)));
    ++results;
  }
  return script.status;
}

replay::v1::LeaseTasksResponse Tasks(const std::vector<uint64_t>& tasks, uint64_t fencing_token,
                                     const std::vector<uint32_t>& missing) {
  replay::v1::LeaseTasksResponse response;
  for (const uint64_t number : tasks) {
    auto* task = response.add_tasks();
    task->mutable_task()->set_task(number);
    task->mutable_task()->set_step(4);
    task->mutable_task()->mutable_instruction()->set_question("Say AB.");
    task->set_fencing_token(fencing_token);
    task->mutable_missing_samples()->Add(missing.begin(), missing.end());
    task->add_prompt_token_ids(72);
    task->add_prompt_token_ids(73);
  }
  return response;
}

}  // namespace hir
