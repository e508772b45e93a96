#include "services/verifier/fake_replay.h"

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"

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
  server_->Drain(absl::ZeroDuration());
}

std::string FakeReplay::address() const {
  return server_->port() == 0 ? listen_ : absl::StrCat("127.0.0.1:", server_->port());
}

std::unique_ptr<replay::v1::Replay::Stub> FakeReplay::NewStub() const {
  return replay::v1::Replay::NewStub(MakeChannel(address()).value());
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
  return mutex_.AwaitWithTimeout(absl::Condition(&arrived), absl::Seconds(20));
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

}  // namespace hir
