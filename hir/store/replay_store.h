// The ledger of runs: tasks, leases, scored samples, frozen steps, weights versions, workers.
//
// Every operation is atomic. Writes are idempotent, with two exceptions: LeaseTasks leases further
// tasks (those in a lost answer wait until their leases expire), and TakeIncarnation takes a
// further incarnation. Payloads are opaque bytes; the caller serialises. All times are of the
// store's clock. Errors of every operation: INVALID_ARGUMENT for a name that CheckRunName()
// refuses; NOT_FOUND for a run that was not created; FAILED_PRECONDITION for a run stored in
// another format (except DeleteRun); DATA_LOSS for a run whose first writes, with its settings, are
// lost; UNAVAILABLE for a store that cannot be reached, with its address.
//
// Implementations: RedisReplayStore, and for tests ModelReplayStore (hir/store/model), in plain
// maps.
#ifndef HIR_STORE_REPLAY_STORE_H_
#define HIR_STORE_REPLAY_STORE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hir/domain/sample_id.h"
#include "hir/domain/weights_id.h"

namespace hir {

// A worker without a heartbeat for this long counts as gone.
inline constexpr absl::Duration kWorkerAge = absl::Seconds(30);
// The most workers remembered; beyond that, those silent for longest are forgotten. Bounds the
// memory that unknown callers can take.
inline constexpr int kMostWorkers = 256;
// The reason for giving up a lease is cut to this length.
inline constexpr size_t kLongestReasonBytes = 300;

// The settings that a run is created with; fixed for its life, but for ChangeConfig().
struct LedgerRun {
  std::string config;  // Creating a run again is OK only with the same bytes.
  std::string tokenizer_digest;
  absl::Duration lease_duration;  // Zero or less: leases expire at once.
  int max_attempts = 0;           // Lost leases after which a task is abandoned; >= 1.
  int max_staleness = 0;          // Versions by which a worker's weights may lag; >= 0.
  int tasks_per_step = 0;         // Groups that a step wants; >= 1.
  // Tasks that a step has besides and that are held back until one of its groups is abandoned or
  // turns out to teach nothing: two known rewards of a group must differ. >= 0.
  int replacements_per_step = 0;
};

// A run's settings, and how far its learner has come.
struct RunState {
  LedgerRun record;
  WeightsId weights;               // Newest advanced; version 0 before the first.
  int64_t checkpoint_version = 0;  // Newest committed; 0 = none.
  int64_t first_version = 0;       // First advanced; above 0 in a ledger that replaces a lost one.
  int64_t dropped_step = 0;        // Samples of all steps up to this are deleted; 0 = none.
};

// One prompt of a step, added by the program that drives the run. Its number identifies it.
struct TaskRecord {
  uint64_t task = 0;
  int64_t step = 1;        // >= 1.
  uint32_t responses = 1;  // m in [1, 4096]: samples 0..m-1 are wanted.
  std::string payload;
  bool replacement = false;  // See LedgerRun::replacements_per_step.
};

// How many tasks of a PutTasks() call were new and how many existed.
struct PutTasksResult {
  uint32_t added = 0;
  uint32_t existing = 0;
};

// A rollout worker's request for tasks, which is also its heartbeat.
struct LeaseRequest {
  std::string worker;          // Address; empty = the worker is not listed.
  WeightsId serving;           // The weights that the worker generates with.
  std::string worker_payload;  // Stored for ListWorkers().
  int max_tasks = 0;           // 0 = heartbeat only.
};

// A task leased to a worker until `expires_at`, unless renewed. Not exclusive afterwards: another
// worker may then lease the same task under a higher token, and samples of both are accepted.
struct TaskLease {
  uint64_t task = 0;
  uint64_t token = 0;                     // Higher with every lease of the task.
  std::vector<uint32_t> missing_samples;  // Rising; never empty.
  absl::Time expires_at;
  std::string payload;
};

// A task whose lease ended before all of its samples were there.
struct LostLease {
  uint64_t task = 0;
  int64_t step = 0;
  bool operator==(const LostLease&) const = default;
};

// The tasks whose leases a call ended, by outcome.
struct EndedLeases {
  std::vector<LostLease> requeued;
  std::vector<LostLease> abandoned;  // After their last attempt.
};

// The tasks that a worker got, and those whose leases the call found expired.
struct LeaseResult : EndedLeases {
  std::vector<TaskLease> leases;  // Lower steps first, then lower tasks.
  // The newest weights, when nothing was leased and the worker serves others.
  std::optional<WeightsId> fetch_at_least;
  std::string learner;  // Address of the newest incarnation; empty before the first.
  absl::Duration lease_duration;
};

// Identifies one lease of a task.
struct LeaseToken {
  uint64_t task = 0;
  uint64_t token = 0;
};

// A lease that its worker ends because it can't produce the missing samples.
struct GivenUpLease {
  LeaseToken lease;
  std::string reason;  // For people; the first kLongestReasonBytes are kept.
};

// One scored response to insert, as the verifier sends it.
struct SampleRecord {
  uint64_t task = 0;
  uint32_t sample = 0;
  int64_t step = 1;
  uint64_t token = 0;  // Of any lease of the task, even an expired one.
  std::string payload;
  std::optional<double> reward = std::nullopt;  // nullopt: unknown.
};

// What a sample is checked against before it is inserted.
struct SampleContext {
  // Whether an insert of the sample may still be stored: it is not stored yet, its task is not
  // abandoned and its step not frozen. Once false, always false.
  bool wanted = false;
  std::string task_payload;  // Empty when there is no such task.
  uint64_t incarnation = 0;  // The newest.
  WeightsId newest;          // The newest advanced.
  std::vector<std::string>
      digests;  // Of the requested weights, in order; empty for weights never advanced.
};

// The outcome of inserting a wanted sample. `task_complete` and `step_complete` are true for at
// most one insert per task and step, so that only one caller freezes the step.
struct InsertOutcome {
  enum class Kind {
    kStored,
    kDuplicate,  // It is already stored.
    kUnwanted,   // The task is abandoned or its step frozen.
  };
  Kind kind = Kind::kStored;
  bool task_complete = false;  // It was the last missing sample of its task.
  bool step_complete = false;  // Nothing of the step is missing: it may be frozen.
};

// The state of a learner step, which goes from incomplete to complete to frozen to dropped and
// never back. expected >= inserted.
struct StepState {
  bool frozen = false;
  bool complete = false;       // Every task has all of its samples, is abandoned or held back.
  bool dropped = false;        // Its samples have been deleted since it was frozen.
  uint64_t tasks = 0;          // Tasks added so far.
  uint64_t expected = 0;       // Samples of tasks neither abandoned nor held back.
  uint64_t inserted = 0;       // Of these.
  uint64_t abandoned = 0;      // Tasks.
  std::string abandon_reason;  // Of the last of them; valid UTF-8.
  absl::Time first_insert = absl::InfinitePast();  // InfinitePast: none yet.
  absl::Time now;                                  // The store's clock.
};

// A task as GetStepTasks() returns it.
struct StepTask {
  uint64_t task = 0;
  uint32_t responses = 0;
  bool abandoned = false;
  std::string payload;
};

// The frozen batch of a step; immutable once written.
struct Manifest {
  std::string bytes;
  std::string digest;
};

// A rollout worker by its last heartbeat.
struct WorkerRecord {
  std::string address;
  std::string payload;
  absl::Time last_seen;
};

// The progress of a run, for people and metrics.
struct RunProgress {
  WeightsId weights;
  int64_t newest_frozen_step = 0;  // 0 = none.
  int64_t collecting_step = 1;     // The first step not frozen.
  uint64_t tasks = 0;              // All of these, and those that wait:
  uint64_t tasks_held = 0;         // Held back, also by steps that are over.
  uint64_t tasks_completed = 0;
  uint64_t tasks_leased = 0;
  uint64_t tasks_abandoned = 0;
  uint64_t samples = 0;       // Inserted since the run began.
  uint64_t sample_bytes = 0;  // Held now.
  uint32_t workers = 0;       // With a heartbeat within kWorkerAge.
  StepState collecting;
};

// Thread-safe. Every call blocks for one exchange with the store: on Redis, at most 2 s to connect
// and 5 s per reply, with one reply, or three on a new connection that logs in.
class ReplayStore {
 public:
  virtual ~ReplayStore() = default;

  // OK when the store keeps everything that it acknowledges even if it is killed.
  // FAILED_PRECONDITION: it may lose some or all of that, or does not reveal its settings; the
  // message says which.
  virtual absl::Status CheckDurable() = 0;

  // True when this call created the run, false when it existed with the same configuration.
  // FAILED_PRECONDITION: it exists with another configuration or tokenizer.
  virtual absl::StatusOr<bool> CreateRun(const std::string& run, const LedgerRun& record) = 0;
  // Replaces the configuration `before` by `config`. FAILED_PRECONDITION: the run's is not
  // `before`.
  virtual absl::Status ChangeConfig(const std::string& run, const std::string& before,
                                    const std::string& config) = 0;
  // Reads the run's settings, and how far its learner has come.
  virtual absl::StatusOr<RunState> GetRun(const std::string& run) = 0;

  // Adds tasks, all or none; a task whose number exists stays as it is. No replacement of a step is
  // leased before all of its tasks are put; those of the lowest numbers are leased first.
  // FAILED_PRECONDITION: a new task is for a step that is frozen or has all of its kind of tasks.
  virtual absl::StatusOr<PutTasksResult> PutTasks(const std::string& run,
                                                  absl::Span<const TaskRecord> tasks) = 0;

  // Records the worker's heartbeat, ends expired leases, and leases tasks whose step is at most
  // serving.version + max_staleness + 1, unless the worker's weights have been replaced. Of those
  // tasks that wait or are leased, a listed worker holds no more than an equal share, rounded up,
  // with the other workers that had a heartbeat within kWorkerAge.
  virtual absl::StatusOr<LeaseResult> LeaseTasks(const std::string& run,
                                                 const LeaseRequest& request) = 0;
  // Ends leases as if they had expired; ignores those that are over.
  virtual absl::StatusOr<EndedLeases> GiveUp(const std::string& run,
                                             absl::Span<const GivenUpLease> leases) = 0;
  // Extends leases from now; returns the tasks whose leases could be renewed.
  virtual absl::StatusOr<std::vector<uint64_t>> RenewLeases(
      const std::string& run, absl::Span<const LeaseToken> leases) = 0;

  // Looks up one sample and the digests of `weights`; the digests in `weights` are ignored.
  virtual absl::StatusOr<SampleContext> GetSampleContext(const std::string& run,
                                                         const SampleId& sample,
                                                         absl::Span<const WeightsId> weights) = 0;
  // Stores one sample. INVALID_ARGUMENT: there is no such task, sample or lease, or the task is for
  // another step.
  virtual absl::StatusOr<InsertOutcome> Insert(const std::string& run, SampleRecord sample) = 0;

  // The state of a step; a step without tasks has zeros.
  virtual absl::StatusOr<StepState> GetStep(const std::string& run, int64_t step) = 0;
  // The tasks of a step by number, without those held back. Payloads are empty once the step is
  // dropped.
  virtual absl::StatusOr<std::vector<StepTask>> GetStepTasks(const std::string& run,
                                                             int64_t step) = 0;
  // Payloads of samples in the order of `keys`. NOT_FOUND: one does not exist.
  virtual absl::StatusOr<std::vector<std::string>> ReadSamples(const std::string& run, int64_t step,
                                                               absl::Span<const SampleId> keys) = 0;

  // Freezes the step with `manifest`; false if it is frozen already, in which case its manifest
  // stays. FAILED_PRECONDITION: the step is not complete.
  virtual absl::StatusOr<bool> Freeze(const std::string& run, int64_t step,
                                      const Manifest& manifest) = 0;
  // Digests of all frozen steps, by step.
  virtual absl::StatusOr<std::map<int64_t, std::string>> ListDigests(const std::string& run) = 0;
  // The manifest of a step; nullopt if it is not frozen.
  virtual absl::StatusOr<std::optional<Manifest>> ReadManifest(const std::string& run,
                                                               int64_t step) = 0;

  // Starts a new incarnation and returns its number, at least 1 and higher than `above`. Writes of
  // earlier incarnations are refused from then on. REQUIRES: above < 2^52.
  virtual absl::StatusOr<uint64_t> TakeIncarnation(const std::string& run,
                                                   const std::string& learner, uint64_t above) = 0;
  // Records that `weights` are ready. `batch_digest`, unless empty, must be that of step
  // weights.version. Repeating an advance is OK. FAILED_PRECONDITION: a newer incarnation exists,
  // the version is lower than the incarnation's newest or skips one, it is already stored with
  // another digest, or the batch digest is not the step's.
  virtual absl::Status AdvanceVersion(const std::string& run, const WeightsId& weights,
                                      const std::string& batch_digest) = 0;
  // Records a checkpoint of `weights` and deletes the samples of frozen steps up to
  // `oldest_kept_version`. FAILED_PRECONDITION: a newer incarnation exists.
  virtual absl::Status CommitCheckpoint(const std::string& run, const WeightsId& weights,
                                        int64_t oldest_kept_version) = 0;

  // Workers with a heartbeat within `max_age` (at most an hour), the most recent first; at most
  // kMostWorkers.
  virtual absl::StatusOr<std::vector<WorkerRecord>> ListWorkers(const std::string& run,
                                                                absl::Duration max_age) = 0;
  // The progress of the run. Cheap.
  virtual absl::StatusOr<RunProgress> GetProgress(const std::string& run) = 0;

  // Deletes the run, whatever its format. The key by which the run is found goes first, so after an
  // error other keys may be left: call it again. NOT_FOUND: nothing of the run is stored.
  virtual absl::Status DeleteRun(const std::string& run) = 0;
};

}  // namespace hir

#endif  // HIR_STORE_REPLAY_STORE_H_
