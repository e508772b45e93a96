// The reference model of a ReplayStore, in plain maps: tests compare RedisReplayStore with it and
// use it where they need no Redis. Not part of any program.
#ifndef HIR_STORE_MODEL_MODEL_REPLAY_STORE_H_
#define HIR_STORE_MODEL_MODEL_REPLAY_STORE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hir/base/clock.h"
#include "hir/store/replay_store.h"

namespace hir {

// Keeps what was stored and derives everything else by scanning all of it: slow, but easy to
// verify. Thread-safe. `clock` is the store's clock and must outlive it.
class ModelReplayStore : public ReplayStore {
 public:
  explicit ModelReplayStore(const Clock& clock) : clock_(clock) {}

  absl::Status CheckDurable() override { return absl::OkStatus(); }
  absl::StatusOr<bool> CreateRun(const std::string& run, const LedgerRun& record) override;
  absl::Status ChangeConfig(const std::string& run, const std::string& before,
                            const std::string& config) override;
  absl::StatusOr<RunState> GetRun(const std::string& run) override;
  absl::StatusOr<PutTasksResult> PutTasks(const std::string& run,
                                          absl::Span<const TaskRecord> tasks) override;
  absl::StatusOr<LeaseResult> LeaseTasks(const std::string& run,
                                         const LeaseRequest& request) override;
  absl::StatusOr<EndedLeases> GiveUp(const std::string& run,
                                     absl::Span<const GivenUpLease> leases) override;
  absl::StatusOr<std::vector<uint64_t>> RenewLeases(const std::string& run,
                                                    absl::Span<const LeaseToken> leases) override;
  absl::StatusOr<SampleContext> GetSampleContext(const std::string& run, const SampleId& sample,
                                                 absl::Span<const WeightsId> weights) override;
  absl::StatusOr<InsertOutcome> Insert(const std::string& run, SampleRecord sample) override;
  absl::StatusOr<StepState> GetStep(const std::string& run, int64_t step) override;
  absl::StatusOr<std::vector<StepTask>> GetStepTasks(const std::string& run, int64_t step) override;
  absl::StatusOr<std::vector<std::string>> ReadSamples(const std::string& run, int64_t step,
                                                       absl::Span<const SampleId> keys) override;
  absl::StatusOr<bool> Freeze(const std::string& run, int64_t step,
                              const Manifest& manifest) override;
  absl::StatusOr<std::map<int64_t, std::string>> ListDigests(const std::string& run) override;
  absl::StatusOr<std::optional<Manifest>> ReadManifest(const std::string& run,
                                                       int64_t step) override;
  absl::StatusOr<uint64_t> TakeIncarnation(const std::string& run, const std::string& learner,
                                           uint64_t above) override;
  absl::Status AdvanceVersion(const std::string& run, const WeightsId& weights,
                              const std::string& batch_digest) override;
  absl::Status CommitCheckpoint(const std::string& run, const WeightsId& weights,
                                int64_t oldest_kept_version) override;
  absl::StatusOr<std::vector<WorkerRecord>> ListWorkers(const std::string& run,
                                                        absl::Duration max_age) override;
  absl::StatusOr<RunProgress> GetProgress(const std::string& run) override;
  absl::Status DeleteRun(const std::string& run) override;

 private:
  // A task is held back, waits, is leased, has all its samples, or has lost too many leases.
  enum class TaskState { kHeld, kPending, kLeased, kComplete, kAbandoned };

  struct Task {
    TaskRecord record;
    TaskState state = TaskState::kPending;
    uint64_t token = 0;  // Of the last lease; 0 = never leased.
    int lost_leases = 0;
    std::string worker;  // Of the last lease.
    absl::Time expires;  // Of the last lease.
    // Payloads of the inserted samples; nullopt once the step is dropped.
    std::map<uint32_t, std::optional<std::string>> samples;
    std::set<double> rewards;  // Of the inserted samples, where they are known.
  };

  struct Step {
    std::optional<Manifest> manifest;  // Set when frozen.
    absl::Time first_insert = absl::InfinitePast();
    std::string abandon_reason;
  };

  struct RunData {
    LedgerRun record;
    std::map<uint64_t, Task> tasks;
    std::map<int64_t, Step> steps;
    std::map<std::string, WorkerRecord> workers;
    uint64_t incarnation = 0;
    std::string learner;
    WeightsId weights;
    std::map<std::pair<uint64_t, int64_t>, std::string> digests;  // By (incarnation, version).
    std::optional<int64_t> first_version;
    WeightsId checkpoint;
    int64_t dropped_step = 0;

    // The tasks of `step`, by number.
    std::vector<const Task*> TasksOf(int64_t step) const;
    bool IsFrozen(int64_t step) const;
    bool HasReplaced(const WeightsId& serving) const;
    // How many of `ready` tasks `worker` may lease, given that others have a share of them, too.
    size_t ShareOf(const std::string& worker, size_t ready, absl::Time now) const;
    int64_t CollectingStep() const;
    // Lets tasks that are held back wait, if the step is short of groups that may teach something.
    void Release(int64_t step);
    StepState StateOf(int64_t step, absl::Time now) const;
    // Ends the lease of `task` and records the outcome in `ended`.
    void EndLease(Task& task, const std::string& reason, EndedLeases& ended);
    EndedLeases EndExpiredLeases(absl::Time now);
    // The task with the lease that `token` names; null when that lease is over.
    Task* FindLease(const LeaseToken& token);
  };

  // INVALID_ARGUMENT, NOT_FOUND: see the top of replay_store.h.
  absl::StatusOr<RunData*> Find(const std::string& run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  absl::Mutex mutex_;
  std::map<std::string, RunData> runs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_STORE_MODEL_MODEL_REPLAY_STORE_H_
