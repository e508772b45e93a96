// Leases tasks from replay, has them generated and hands each response to the sender.
#ifndef HIR_SERVICES_ROLLOUT_ACTOR_LOOP_H_
#define HIR_SERVICES_ROLLOUT_ACTOR_LOOP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "hir/base/clock.h"
#include "hir/config/run_config.h"
#include "hir/generate/engine.h"
#include "hir/metrics/names.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/tokenizer/tokenizer.h"
#include "hir/weights/transfer.h"
#include "services/rollout/response_sender.h"

namespace hir {

struct ActorOptions {
  std::string run;
  std::string worker;         // Address told to replay.
  int max_running_sequences;  // Of the engine.
  absl::Duration rpc_timeout = absl::Seconds(10);
  absl::Duration fetch_timeout = absl::Minutes(10);
  absl::Duration heartbeat = absl::Seconds(5);    // Replay expects one every 10 s.
  absl::Duration fetch_after = absl::Seconds(3);  // The learner's push gets this long to arrive.
  absl::Duration idle_wait = absl::Milliseconds(500);  // When replay doesn't say.
};

// Fetches the newest weights from the learner at `address`, in a call with this context.
using WeightsFetcher = std::function<absl::StatusOr<ReceivedWeights>(const std::string& address,
                                                                     grpc::ClientContext& context)>;

// Two activities: RunOnce() leases and submits work, KeepOnce() renews leases and shows replay that
// the worker lives. Each may be called from a thread of its own.
class ActorLoop {
 public:
  // Everything borrowed outlives the loop, but the engine is stopped before the loop dies. Call
  // SetSender() before the first RunOnce().
  ActorLoop(replay::v1::Replay::StubInterface& replay, Engine& engine, const Tokenizer& tokenizer,
            RolloutMetrics& metrics, Clock& clock, const RunConfig& config, ActorOptions options,
            WeightsFetcher fetch);
  ~ActorLoop();

  void SetSender(ResponseSender* sender) { sender_ = sender; }

  // Asks replay for as much work as the engine can take and submits it, or gets the weights that
  // replay asks for. Returns how long to wait before the next call; a response that ends makes that
  // shorter. Errors of replay are returned and are for the caller to back off from.
  absl::StatusOr<absl::Duration> RunOnce();

  // Renews all leases and gives up those whose responses failed. Of those that replay no longer
  // grants, what is not made yet is dropped.
  // Returns how long to wait before the next call: a third of the lease, at most the heartbeat.
  absl::StatusOr<absl::Duration> KeepOnce();

  // The sender's word that a response needs no more care.
  void Acknowledged(const common::v1::SampleId& id);

  // The sender's word that a response will never be stored, and why. Its lease is not renewed any
  // more; it is given up when nothing else is made under it, or runs out, and so counts as one of
  // the task's attempts.
  void GivenUp(const common::v1::SampleId& id, const std::string& why);

  // Samples leased and not yet made.
  int64_t unmade() const;
  // Blocks until all that is leased is made (true) or `timeout` has passed.
  bool AwaitMade(absl::Duration timeout) const;

  // Runs both on threads, with backoff, until Stop().
  void Start();
  // Leases no more; what is leased goes on and is kept. Ends a transfer of weights, but waits for a
  // swap of them. Blocks until the leasing thread is through (true) or `timeout` has passed.
  bool StopLeasing(absl::Duration timeout);
  // REQUIRES, if started: the engine is stopped, or no weights wait to be swapped for long.
  void Stop();

 private:
  struct Lease {
    replay::v1::LeasedTask task;
    absl::Time begun;
    std::set<uint64_t> engine_requests;
    std::map<uint32_t, uint64_t> unmade;  // Samples, and the token under which each was submitted.
    std::set<uint32_t> unacknowledged;    // Made ones.
    std::string given_up;  // Why a sample can't be made or stored: the lease is to end.

    bool done() const { return unmade.empty() && unacknowledged.empty(); }
  };

  uint32_t WantedTasks() const;
  absl::StatusOr<replay::v1::LeaseTasksResponse> AskForTasks(uint32_t max_tasks);
  absl::StatusOr<absl::Duration> GetWeights(const replay::v1::LeaseTasksResponse& response);
  absl::StatusOr<ReceivedWeights> Fetch(const std::string& learner);
  void Begin(const replay::v1::LeasedTask& task);
  // Enters the lease and returns the samples that need making.
  std::vector<uint32_t> Enter(const replay::v1::LeasedTask& task);
  int64_t CountUnmade() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Notes that a response is done with; `given_up` says why it is not stored, if it isn't.
  void Settle(const common::v1::SampleId& id, const std::string& given_up);
  // Forgets a lease under which nothing is left to do; has it given up if that is its end.
  void EndIfDone(uint64_t task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Made(uint64_t task, uint64_t fencing_token, uint32_t sample,
            absl::StatusOr<FinishedResponse> response);
  common::v1::Response MakeResponse(const replay::v1::LeasedTask& task,
                                    const FinishedResponse& finished) const;
  GenerationSettings SettingsOf() const;
  void DropLost(const replay::v1::RenewLeasesRequest& asked, const std::set<uint64_t>& renewed);
  void Loop(const char* activity, absl::StatusOr<absl::Duration> (ActorLoop::*once)(),
            const bool ActorLoop::*stop);

  replay::v1::Replay::StubInterface& replay_;
  Engine& engine_;
  const Tokenizer& tokenizer_;
  RolloutMetrics& metrics_;
  Clock& clock_;
  const RunConfig config_;
  const ActorOptions options_;
  const WeightsFetcher fetch_;
  ResponseSender* sender_ = nullptr;

  mutable absl::Mutex mu_;
  std::map<uint64_t, Lease> leases_ ABSL_GUARDED_BY(mu_);  // By task.
  // To be told to replay with the next renewal.
  std::vector<replay::v1::RenewLeasesRequest::Lease> given_up_ ABSL_GUARDED_BY(mu_);
  absl::Duration lease_duration_ ABSL_GUARDED_BY(mu_);  // As replay said last.
  absl::Time fetch_asked_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  bool room_ ABSL_GUARDED_BY(mu_) = false;  // A response ended: the engine can take more.
  grpc::ClientContext* fetch_call_ ABSL_GUARDED_BY(mu_) = nullptr;  // The transfer under way.
  bool leasing_ ABSL_GUARDED_BY(mu_) = false;                       // The leasing thread runs.
  bool stop_leasing_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::thread lease_thread_;
  std::thread keep_thread_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_ACTOR_LOOP_H_
