// Scripted neighbours of a rollout worker, in process: engine, replay, verifier.
#ifndef HIR_SERVICES_ROLLOUT_FAKE_RING_H_
#define HIR_SERVICES_ROLLOUT_FAKE_RING_H_

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "hir/base/clock.h"
#include "hir/generate/engine.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/chunks.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {

inline constexpr absl::Duration kPatience = absl::Seconds(20);

// Time that moves by hand. Not thread-safe.
class ManualClock : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  void Sleep(absl::Duration duration) override { now_ += duration; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1000);
};

// Holds requests until a test ends their samples. Thread-safe, but callbacks run on the caller.
class FakeEngine : public Engine {
 public:
  absl::StatusOr<uint64_t> Submit(GenerationRequest request) override {
    absl::MutexLock lock(&mu_);
    if (!refusal.ok()) return refusal;
    requests_.push_back(std::move(request));
    open_.push_back({requests_.back().samples.begin(), requests_.back().samples.end()});
    return requests_.size() - 1;
  }

  void Cancel(uint64_t id) override {
    {
      absl::MutexLock lock(&mu_);
      cancelled_.insert(id);
      if (cancelling_later_) return;
    }
    DeliverCancelled(id);
  }

  // Cancel() only remembers what it was told, as an engine does until its next step.
  void CancelLater() {
    absl::MutexLock lock(&mu_);
    cancelling_later_ = true;
  }
  // Ends what is left of request `id` as cancelled.
  void DeliverCancelled(uint64_t id) {
    std::set<uint32_t> samples;
    {
      absl::MutexLock lock(&mu_);
      samples.swap(open_[id]);
    }
    for (const uint32_t sample : samples) {
      request(id).on_done(sample, absl::CancelledError("cancelled"));
    }
  }

  absl::StatusOr<WeightsId> SwapWeights(WeightsId version, PackedWeights weights,
                                        absl::Time) override {
    absl::MutexLock lock(&mu_);
    if (IsOlder(version, status_.serving)) return absl::FailedPreconditionError("older");
    swaps_.push_back(std::move(weights));
    status_.serving = version;
    return version;
  }

  bool Step() override { return false; }
  void Start() override {}
  void Stop() override {}
  EngineStatus Status() const override {
    absl::MutexLock lock(&mu_);
    return status_;
  }
  const Architecture& architecture() const override { return architecture_; }

  // Ends a sample of request `id` with the tokens 65, 66 (the text "AB") and a stop.
  void Finish(uint64_t id, uint32_t sample) {
    FinishedResponse response{{.tokens = {65, 66},
                               .log_probabilities = {-0.5f, -1.5f},
                               .entropy_mean = 1.25,
                               .finish_reason = FinishReason::kStop,
                               .spans = {{0, Status().serving}}},
                              request(id).key,
                              sample};
    {
      absl::MutexLock lock(&mu_);
      if (open_[id].erase(sample) == 0) return;
    }
    request(id).on_done(sample, std::move(response));
  }

  const GenerationRequest& request(uint64_t id) const {
    absl::MutexLock lock(&mu_);
    return requests_[id];
  }
  size_t requests() const {
    absl::MutexLock lock(&mu_);
    return requests_.size();
  }
  bool AwaitRequests(size_t count) const {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return requests_.size() >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }
  std::set<uint64_t> cancelled() const {
    absl::MutexLock lock(&mu_);
    return cancelled_;
  }
  bool AwaitCancelled(uint64_t id) const {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return cancelled_.contains(id); };
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }
  size_t swaps() const {
    absl::MutexLock lock(&mu_);
    return swaps_.size();
  }

  absl::Status refusal;  // What Submit() answers when not OK.

 private:
  mutable absl::Mutex mu_;
  std::deque<GenerationRequest> requests_;
  std::deque<std::set<uint32_t>> open_;
  std::set<uint64_t> cancelled_;
  bool cancelling_later_ = false;
  std::vector<PackedWeights> swaps_;
  EngineStatus status_;
  const Architecture architecture_ = {.vocab_size = 100000, .max_position = 4096};
};

// Answers LeaseTasks from a script and remembers what it was asked. Thread-safe.
class FakeReplay : public replay::v1::Replay::Service {
 public:
  grpc::Status LeaseTasks(grpc::ServerContext*, const replay::v1::LeaseTasksRequest* request,
                          replay::v1::LeaseTasksResponse* response) override {
    absl::MutexLock lock(&mu_);
    if (down_) return {grpc::StatusCode::UNAVAILABLE, "Redis cannot be reached"};
    lease_requests_.push_back(*request);
    if (request->max_tasks() > 0 && !answers_.empty()) {
      *response = std::move(answers_.front());
      answers_.pop_front();
    }
    response->mutable_lease_duration()->set_seconds(30);
    return grpc::Status::OK;
  }

  grpc::Status GetRun(grpc::ServerContext*, const replay::v1::GetRunRequest*,
                      replay::v1::GetRunResponse* response) override {
    absl::MutexLock lock(&mu_);
    if (down_) return {grpc::StatusCode::UNAVAILABLE, "Redis cannot be reached"};
    *response->mutable_weights() = recorded_;
    return grpc::Status::OK;
  }

  grpc::Status RenewLeases(grpc::ServerContext*, const replay::v1::RenewLeasesRequest* request,
                           replay::v1::RenewLeasesResponse* response) override {
    absl::MutexLock lock(&mu_);
    renewals_.push_back(*request);
    for (const auto& lease : request->leases()) {
      if (!lost_.contains(lease.task())) response->add_renewed_tasks(lease.task());
    }
    return grpc::Status::OK;
  }

  // A learner has recorded these weights.
  void Record(const common::v1::WeightsId& weights) {
    absl::MutexLock lock(&mu_);
    recorded_ = weights;
  }
  void Answer(replay::v1::LeaseTasksResponse answer) {
    absl::MutexLock lock(&mu_);
    answers_.push_back(std::move(answer));
  }
  void Lose(uint64_t task) {
    absl::MutexLock lock(&mu_);
    lost_.insert(task);
  }
  void SetDown(bool down) {
    absl::MutexLock lock(&mu_);
    down_ = down;
  }
  std::vector<replay::v1::LeaseTasksRequest> lease_requests() const {
    absl::MutexLock lock(&mu_);
    return lease_requests_;
  }
  std::vector<replay::v1::RenewLeasesRequest> renewals() const {
    absl::MutexLock lock(&mu_);
    return renewals_;
  }

 private:
  mutable absl::Mutex mu_;
  bool down_ = false;
  common::v1::WeightsId recorded_;
  std::deque<replay::v1::LeaseTasksResponse> answers_;
  std::set<uint64_t> lost_;
  std::vector<replay::v1::LeaseTasksRequest> lease_requests_;
  std::vector<replay::v1::RenewLeasesRequest> renewals_;
};

// Takes responses and acknowledges them, or breaks off as scripted. Thread-safe.
class FakeVerifier : public verifier::v1::Verifier::Service {
 public:
  grpc::Status VerifyStream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<verifier::v1::VerifyStreamResponse,
                               verifier::v1::VerifyStreamRequest>* stream) override {
    {
      absl::MutexLock lock(&mu_);
      ++streams_;
    }
    ChunkJoiner joiner;
    verifier::v1::VerifyStreamRequest request;
    while (stream->Read(&request)) {
      common::v1::Response response = request.response();
      if (request.has_chunk()) {
        if (!joiner.Add(request.chunk()).value()) continue;
        response.ParseFromString(joiner.Take());
      }
      const common::v1::SampleId id = response.id();
      {
        absl::MutexLock lock(&mu_);
        received_.push_back(std::move(response));
        if (breaks_ > 0 && breaks_-- > 0) return {grpc::StatusCode::UNAVAILABLE, "broken off"};
        if (!acknowledging_) continue;
      }
      verifier::v1::VerifyStreamResponse answer;
      *answer.mutable_ack()->mutable_id() = id;
      answer.mutable_ack()->set_refused(AwaitRefusal(id));
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

  // The next `count` responses end their stream without an acknowledgement.
  void BreakNext(int count) {
    absl::MutexLock lock(&mu_);
    breaks_ = count;
  }
  // This sample is refused, with `why`.
  void Refuse(uint64_t task, uint32_t sample, const std::string& why) {
    absl::MutexLock lock(&mu_);
    refusals_[{task, sample}] = why;
  }
  // While held, what is received is not answered.
  void Hold(bool hold) {
    absl::MutexLock lock(&mu_);
    held_ = hold;
  }
  void SetAcknowledging(bool acknowledging) {
    absl::MutexLock lock(&mu_);
    acknowledging_ = acknowledging;
  }
  bool AwaitReceived(size_t count) const {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return received_.size() >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }
  std::vector<common::v1::Response> received() const {
    absl::MutexLock lock(&mu_);
    return received_;
  }
  int streams() const {
    absl::MutexLock lock(&mu_);
    return streams_;
  }

 private:
  // Why the sample is refused, empty if it isn't; once answers are not held.
  std::string AwaitRefusal(const common::v1::SampleId& id) {
    absl::MutexLock lock(&mu_);
    const auto let_go = [this] { return !held_; };
    mu_.AwaitWithTimeout(absl::Condition(&let_go), kPatience);
    const auto refusal = refusals_.find({id.task(), id.sample()});
    return refusal == refusals_.end() ? "" : refusal->second;
  }

  mutable absl::Mutex mu_;
  std::map<std::pair<uint64_t, uint32_t>, std::string> refusals_;
  bool held_ = false;
  int breaks_ = 0;
  bool acknowledging_ = true;
  int streams_ = 0;
  std::vector<common::v1::Response> received_;
};

// Tasks numbered as given, for step 4, whose samples `missing` are to be made.
inline replay::v1::LeaseTasksResponse Tasks(const std::vector<uint64_t>& tasks,
                                            uint64_t fencing_token = 1,
                                            const std::vector<uint32_t>& missing = {0, 1}) {
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

// Serves some services in process.
class FakeServer {
 public:
  explicit FakeServer(const std::vector<grpc::Service*>& services) {
    grpc::ServerBuilder builder;
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel({});
  }
  ~FakeServer() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_FAKE_RING_H_
