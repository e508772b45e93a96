// Leases tasks from replay, has them generated and hands each response to the sender.
#ifndef HIR_SERVICES_ROLLOUT_ACTOR_LOOP_H_
#define HIR_SERVICES_ROLLOUT_ACTOR_LOOP_H_

#include <cstdint>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"
#include "hir/client/replay_client.h"
#include "hir/config/run_config.h"
#include "hir/generate/engine.h"
#include "hir/metrics/service_metrics.h"
#include "hir/tokenizer/tokenizer.h"
#include "services/rollout/lease_table.h"
#include "services/rollout/response_sender.h"
#include "services/rollout/weights_follower.h"

namespace hir {

// How a worker takes part in a run.
struct ActorOptions {
  std::string run;
  std::string worker;         // Address told to replay.
  int max_running_sequences;  // Of the engine.
  absl::Duration fetch_timeout = absl::Minutes(10);
  absl::Duration heartbeat = absl::Seconds(5);    // Replay expects one every 10 s.
  absl::Duration fetch_after = absl::Seconds(3);  // The learner's push gets this long to arrive.
  absl::Duration idle_wait = absl::Milliseconds(500);  // When replay doesn't say.
};

// Two activities: LeaseAndSubmit() gets work and submits it, RenewLeases() renews leases and shows
// replay that the worker lives. Each may be called from a thread of its own: a transfer of weights
// holds up the first for minutes, and the leases must not expire meanwhile.
class ActorLoop {
 public:
  // Everything borrowed outlives the loop, but the engine is stopped before the loop dies. Call
  // SetSender() before the first LeaseAndSubmit().
  ActorLoop(ReplayClient& replay, Engine& engine, const Tokenizer& tokenizer,
            RolloutMetrics& metrics, Clock& clock, const RunConfig& config, ActorOptions options,
            WeightsFetcher fetch);
  ~ActorLoop();

  void SetSender(ResponseSender* sender) { sender_ = sender; }

  // Asks replay for as much work as the engine can take and submits it, or gets the weights that
  // replay asks for. Returns how long to wait before the next call; a response that ends makes that
  // shorter. Errors of replay are returned and are for the caller to back off from.
  absl::StatusOr<absl::Duration> LeaseAndSubmit();

  // Renews all leases and gives up those whose responses failed. Of those that replay no longer
  // grants, what is not made yet is dropped.
  // Returns how long to wait before the next call: a third of the lease, at most the heartbeat.
  absl::StatusOr<absl::Duration> RenewLeases();

  // The sender's word that a response needs no more care.
  void OnAcknowledged(const common::v1::SampleId& id);

  // The sender's word that a response will never be stored, and why. Its lease is not renewed any
  // more; it is given up when nothing else is made under it, or runs out, and so counts as one of
  // the task's attempts.
  void OnRefused(const common::v1::SampleId& id, const std::string& why);

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
  // One of the two things that are done again and again.
  struct Activity {
    const char* name;  // For logs.
    absl::StatusOr<absl::Duration> (ActorLoop::*once)();
    const bool ActorLoop::*stop;
    bool wakes_for_room;  // Its wait ends early when the engine can take more.
  };

  // Tasks that the engine has room for.
  uint32_t WantedTasks() const;
  absl::StatusOr<replay::v1::LeaseTasksResponse> AskForTasks(uint32_t max_tasks);
  // Has the engine make what is missing of a task.
  void Submit(replay::v1::LeasedTask task);
  GenerationRequest RequestFor(const replay::v1::LeasedTask& task);
  GenerationSettings SettingsOfRun() const;
  // The engine's word that a sample has ended, whichever way.
  void OnDone(uint64_t task, uint64_t fencing_token, uint32_t sample,
              absl::StatusOr<FinishedResponse> finished);
  void OnGenerated(uint64_t task, uint64_t fencing_token, const FinishedResponse& finished);
  void OnGenerationFailed(uint64_t task, uint64_t fencing_token, uint32_t sample,
                          const absl::Status& error);
  common::v1::Response MakeResponse(const replay::v1::LeasedTask& task,
                                    const FinishedResponse& finished) const;
  void Repeat(const Activity& activity);

  ReplayClient& replay_;
  Engine& engine_;
  const Tokenizer& tokenizer_;
  RolloutMetrics& metrics_;
  Clock& clock_;
  const RunConfig config_;
  const ActorOptions options_;
  WeightsFollower weights_;
  ResponseSender* sender_ = nullptr;

  mutable absl::Mutex mu_;
  LeaseTable leases_ ABSL_GUARDED_BY(mu_);
  absl::Duration lease_duration_ ABSL_GUARDED_BY(mu_);  // As replay said last.
  bool room_ ABSL_GUARDED_BY(mu_) = false;     // A response ended: the engine can take more.
  bool leasing_ ABSL_GUARDED_BY(mu_) = false;  // The leasing thread runs.
  bool stop_leasing_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::thread lease_thread_;
  std::thread renew_thread_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_ACTOR_LOOP_H_
