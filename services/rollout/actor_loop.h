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
#include "hir/engine/engine.h"
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

// Has two activities: LeaseAndSubmit() leases work and submits it to the engine; RenewLeases()
// renews leases and shows replay that the worker is alive. Each may be called on a thread of its
// own: a transfer of weights can block the first for minutes, in which the leases must not expire.
class ActorLoop {
 public:
  // All references must outlive the loop; stop the engine before destroying it. Call SetSender()
  // before the first LeaseAndSubmit().
  ActorLoop(ReplayClient& replay, Engine& engine, const Tokenizer& tokenizer,
            RolloutMetrics& metrics, Clock& clock, const RunConfig& config, ActorOptions options,
            WeightsFetcher fetch);
  ~ActorLoop();

  void SetSender(ResponseSender* sender) { sender_ = sender; }

  // Leases as many tasks as the engine has room for and submits them, or fetches the weights that
  // replay wants served first, or without which the engine is not ready. Returns how long to wait
  // before the next call; a response that ends and OnNewWeights() shorten the wait. Returns the
  // errors of replay; the caller backs off.
  absl::StatusOr<absl::Duration> LeaseAndSubmit();

  // Renews all leases and gives up those whose responses failed. Of leases that replay no longer
  // grants, drops the samples that are not generated yet. Returns how long to wait before the next
  // call: a third of the lease, at most the heartbeat.
  absl::StatusOr<absl::Duration> RenewLeases();

  // The sender reports that a response is settled.
  void OnAcknowledged(const common::v1::SampleId& id);

  // The sender reports that a response will never be stored, and why. Its lease is not renewed any
  // more: it is given up when no other sample is on its way under it, or expires; either counts as
  // one of the task's attempts.
  void OnRefused(const common::v1::SampleId& id, const std::string& why);

  // The engine serves other weights, with which replay may lease tasks at once.
  void OnNewWeights();

  // Samples that are leased and not yet generated.
  int64_t unmade() const;
  // Blocks until everything leased is generated (true) or `timeout` has passed.
  bool AwaitMade(absl::Duration timeout) const;

  // Runs both activities on threads, with backoff, until Stop().
  void Start();
  // Stops leasing; leased tasks continue and their leases are renewed. Cancels a transfer of
  // weights, but waits for a swap. Blocks until the leasing thread has ended (true) or `timeout`
  // has passed.
  bool StopLeasing(absl::Duration timeout);
  // REQUIRES, if started: the engine is stopped, or no swap of weights waits for long.
  void Stop();

 private:
  // One of the two activities, which are repeated.
  struct Activity {
    const char* name;  // For logs.
    absl::StatusOr<absl::Duration> (ActorLoop::*once)();
    const bool ActorLoop::*stop;
    bool wakes_for_work;  // Its wait ends early when there may be something to lease.
  };

  // Gets the learner's newest weights for an engine that has not been proven to have any of the
  // run. Returns how long to wait before the next call.
  absl::StatusOr<absl::Duration> AwaitFirstWeights();
  // Tasks that the engine has room for.
  uint32_t WantedTasks() const;
  absl::StatusOr<replay::v1::LeaseTasksResponse> AskForTasks(uint32_t max_tasks);
  // Submits the missing samples of a task to the engine.
  void Submit(replay::v1::LeasedTask task);
  GenerationRequest RequestFor(const replay::v1::LeasedTask& task);
  GenerationSettings SettingsOfRun() const;
  // The engine reports that a sample has ended, generated or failed.
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
  absl::Duration lease_duration_ ABSL_GUARDED_BY(mu_);  // From replay's last answer.
  // A response ended, so the engine has room, or it serves other weights.
  bool work_ ABSL_GUARDED_BY(mu_) = false;
  bool leasing_ ABSL_GUARDED_BY(mu_) = false;  // The leasing thread is running.
  bool stop_leasing_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::thread lease_thread_;
  std::thread renew_thread_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_ACTOR_LOOP_H_
