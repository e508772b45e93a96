// The ledger of runs: tasks, leases, scored samples, frozen steps, weights versions, workers.
//
// Every operation is atomic. Repeating a write changes nothing more, but for two: LeaseTasks leases
// further tasks (those of an answer that was lost wait until their leases are over), and
// TakeIncarnation takes a further incarnation. Payloads are opaque bytes; the caller serialises.
// Times are the store's clock, never the caller's. A run that CheckRunName() refuses is
// INVALID_ARGUMENT, an operation on a run that was not created NOT_FOUND. A run that is stored in
// another format than this program's is FAILED_PRECONDITION for every operation but DeleteRun; one
// that has lost the part that says what it was made with is DATA_LOSS. A store that cannot be
// reached is UNAVAILABLE and names its address.
//
// Implementations: RedisReplayStore, and for tests ModelReplayStore (hir/store/model), which says
// the same in plain maps.
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

// A worker that was silent for longer counts as gone.
inline constexpr absl::Duration kWorkerAge = absl::Seconds(30);
// More are forgotten, those that were silent longest first: nobody knows who they are.
inline constexpr int kMostWorkers = 256;
// What is kept of the reason why a lease was given up.
inline constexpr size_t kLongestReasonBytes = 300;

// What a run is made with; fixed for its life.
struct LedgerRun {
  std::string config;  // Two creations are the same run when these bytes are equal.
  std::string tokenizer_digest;
  absl::Duration lease_duration;  // Zero or less: a lease is over at once.
  int max_attempts = 0;           // Lease expirations that make a task abandoned; >= 1.
  int max_staleness = 0;          // Versions the weights of a lease may lag behind; >= 0.
  int tasks_per_step = 0;         // A step is complete with this many tasks; >= 1.
};

// What the run was made with, and how far its learner is.
struct RunState {
  LedgerRun record;
  WeightsId weights;               // Newest advanced; version 0 before the first.
  int64_t checkpoint_version = 0;  // Newest committed; 0 = none.
  int64_t first_version = 0;       // First advanced; above 0 in a ledger that follows a lost one.
  int64_t dropped_step = 0;        // Samples of steps up to it are deleted; 0 = none.
};

// One prompt of a step, put once by whoever drives the run. Its number is its identity.
struct TaskRecord {
  uint64_t task = 0;
  int64_t step = 1;        // >= 1.
  uint32_t responses = 1;  // m in [1, 4096]: samples 0..m-1 are wanted.
  std::string payload;
};

// How many tasks of a PutTasks() call were new. The two add up to those of the call.
struct PutTasksResult {
  uint32_t added = 0;
  uint32_t existing = 0;
};

// A rollout worker's wish for work, which is its heartbeat, too.
struct LeaseRequest {
  std::string worker;          // Address; empty = the worker is not listed.
  WeightsId serving;           // What the worker generates with.
  std::string worker_payload;  // Kept for ListWorkers.
  int max_tasks = 0;           // 0 = heartbeat only.
};

// A task in a worker's hands, until `expires_at` unless it is renewed. Not exclusive afterwards:
// another worker may then hold the same task under a higher token, and samples of both are taken.
struct TaskLease {
  uint64_t task = 0;
  uint64_t token = 0;                     // Rises with every lease of the task.
  std::vector<uint32_t> missing_samples;  // Rising; never empty.
  absl::Time expires_at;
  std::string payload;
};

// A task whose lease ended without all of its samples.
struct LostLease {
  uint64_t task = 0;
  int64_t step = 0;
  bool operator==(const LostLease&) const = default;
};

// What became of the tasks whose leases a call ended.
struct EndedLeases {
  std::vector<LostLease> requeued;
  std::vector<LostLease> abandoned;  // After their last attempt.
};

// What a worker got, and what became of the tasks whose leases the call found expired.
struct LeaseResult : EndedLeases {
  std::vector<TaskLease> leases;  // Lower steps first, then lower tasks.
  // Set when nothing was leased and the worker does not serve the newest weights: those.
  std::optional<WeightsId> fetch_at_least;
  std::string learner;  // Address of the newest incarnation; empty before the first.
  absl::Duration lease_duration;
};

// Names one lease of a task, and no other.
struct LeaseToken {
  uint64_t task = 0;
  uint64_t token = 0;
};

// A lease that its worker ends because it can't make what is missing.
struct GivenUpLease {
  LeaseToken lease;
  std::string reason;  // For people; the first kLongestReasonBytes are kept.
};

// One scored response on its way into the store, as the verifier hands it over.
struct SampleRecord {
  uint64_t task = 0;
  uint32_t sample = 0;
  int64_t step = 1;
  uint64_t token = 0;  // Of any lease of the task, expired ones too.
  std::string payload;
};

// What a sample is compared with before it is inserted.
struct SampleContext {
  // An insert of it may be stored: it is not there, and neither is its task abandoned nor its step
  // frozen. Once false it stays so.
  bool wanted = false;
  std::string task_payload;          // Empty when there is no such task.
  uint64_t incarnation = 0;          // The newest taken.
  WeightsId newest;                  // The newest advanced.
  std::vector<std::string> digests;  // Of the weights asked for; empty where none were advanced.
};

// What became of a sample that its task asked for. `task_complete` and `step_complete` are true for
// one insert of a task and step at most, so that one caller freezes.
struct InsertOutcome {
  enum class Kind {
    kStored,
    kDuplicate,  // Already there.
    kUnwanted,   // The task is abandoned or its step frozen.
  };
  Kind kind = Kind::kStored;
  bool task_complete = false;  // It was the last sample its task missed.
  bool step_complete = false;  // Nothing of the step is missing: it may be frozen.
};

// How far a learner step is. It goes on from incomplete to complete to frozen to dropped, and never
// back; expected >= inserted.
struct StepState {
  bool frozen = false;
  bool complete = false;       // Every sample of every task is there or its task abandoned.
  bool dropped = false;        // Frozen, and its samples deleted since.
  uint64_t tasks = 0;          // Put so far.
  uint64_t expected = 0;       // Samples of tasks not abandoned.
  uint64_t inserted = 0;       // Of these.
  uint64_t abandoned = 0;      // Tasks.
  std::string abandon_reason;  // Of the last of them; valid UTF-8.
  absl::Time first_insert = absl::InfinitePast();  // InfinitePast: none yet.
  absl::Time now;                                  // The store's clock.
};

// A task as its step's batch is made of it.
struct StepTask {
  uint64_t task = 0;
  uint32_t responses = 0;
  bool abandoned = false;
  std::string payload;
};

// The frozen batch of a step: written once, then the same for ever.
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

// Where the run is, for people and metrics.
struct RunProgress {
  WeightsId weights;
  int64_t newest_frozen_step = 0;  // 0 = none.
  int64_t collecting_step = 1;     // The first step not frozen.
  uint64_t tasks = 0;
  uint64_t tasks_completed = 0;
  uint64_t tasks_leased = 0;
  uint64_t tasks_abandoned = 0;
  uint64_t samples = 0;       // Inserted since the run began.
  uint64_t sample_bytes = 0;  // Held now.
  uint32_t workers = 0;       // Seen within kWorkerAge.
  StepState collecting;
};

// Thread-safe. Every call blocks for one exchange with the store. On Redis that takes at most 2 s
// to connect and 5 s for each reply: one, or three where a connection must log in first.
class ReplayStore {
 public:
  virtual ~ReplayStore() = default;

  // OK when the store answers and keeps what it acknowledges though it be killed;
  // FAILED_PRECONDITION when it answers but may forget some or all of it, or does not let that be
  // known: the message says what.
  virtual absl::Status CheckDurable() = 0;

  // True when this call made the run, false when it existed with the same configuration.
  // FAILED_PRECONDITION: it exists with another configuration or tokenizer.
  virtual absl::StatusOr<bool> CreateRun(const std::string& run, const LedgerRun& record) = 0;
  // Puts `config` in the place of `before`. FAILED_PRECONDITION: the run has another configuration.
  virtual absl::Status ChangeConfig(const std::string& run, const std::string& before,
                                    const std::string& config) = 0;
  virtual absl::StatusOr<RunState> GetRun(const std::string& run) = 0;

  // Adds tasks, all or none; one whose number exists is left as it is.
  // FAILED_PRECONDITION: a new task is for a frozen step or one that has its tasks already.
  virtual absl::StatusOr<PutTasksResult> PutTasks(const std::string& run,
                                                  absl::Span<const TaskRecord> tasks) = 0;

  // Records the worker's heartbeat, takes back expired leases, and leases tasks whose step is at
  // most serving.version + max_staleness + 1, unless the weights served have been replaced.
  virtual absl::StatusOr<LeaseResult> LeaseTasks(const std::string& run,
                                                 const LeaseRequest& request) = 0;
  // Ends leases as if they had expired; those that are over are left alone.
  virtual absl::StatusOr<EndedLeases> GiveUp(const std::string& run,
                                             absl::Span<const GivenUpLease> leases) = 0;
  // Returns the tasks whose leases live on.
  virtual absl::StatusOr<std::vector<uint64_t>> RenewLeases(
      const std::string& run, absl::Span<const LeaseToken> leases) = 0;

  // Of one sample, and of `weights`, whose digests are not looked at.
  virtual absl::StatusOr<SampleContext> GetSampleContext(const std::string& run,
                                                         const SampleId& sample,
                                                         absl::Span<const WeightsId> weights) = 0;
  // INVALID_ARGUMENT: no such task, sample or lease, or another step.
  virtual absl::StatusOr<InsertOutcome> Insert(const std::string& run,
                                               const SampleRecord& sample) = 0;

  virtual absl::StatusOr<StepState> GetStep(const std::string& run, int64_t step) = 0;
  // By number. Payloads are empty once the step is dropped.
  virtual absl::StatusOr<std::vector<StepTask>> GetStepTasks(const std::string& run,
                                                             int64_t step) = 0;
  // Payloads in the order of `keys`. NOT_FOUND: one is not there.
  virtual absl::StatusOr<std::vector<std::string>> ReadSamples(const std::string& run, int64_t step,
                                                               absl::Span<const SampleId> keys) = 0;

  // Makes `manifest` the step's for ever; false when the step has one already, which then stays.
  // FAILED_PRECONDITION: the step is not complete.
  virtual absl::StatusOr<bool> Freeze(const std::string& run, int64_t step,
                                      const Manifest& manifest) = 0;
  // Digests of all frozen steps, by step.
  virtual absl::StatusOr<std::map<int64_t, std::string>> ListDigests(const std::string& run) = 0;
  // nullopt: not frozen.
  virtual absl::StatusOr<std::optional<Manifest>> ReadManifest(const std::string& run,
                                                               int64_t step) = 0;

  // Returns the new incarnation, from 1 and higher than `above`; writes of earlier ones are refused
  // from now on. REQUIRES: above < 2^52.
  virtual absl::StatusOr<uint64_t> TakeIncarnation(const std::string& run,
                                                   const std::string& learner, uint64_t above) = 0;
  // Records that `weights` are ready. `batch_digest`, when not empty, must be that of the step
  // weights.version. Repeating an advance is OK. FAILED_PRECONDITION: a newer incarnation exists,
  // the version falls within one or leaves one out, or it is known with another digest.
  virtual absl::Status AdvanceVersion(const std::string& run, const WeightsId& weights,
                                      const std::string& batch_digest) = 0;
  // Records a checkpoint of `weights` and deletes the samples of frozen steps up to
  // `oldest_kept_version`. FAILED_PRECONDITION: a newer incarnation exists.
  virtual absl::Status CommitCheckpoint(const std::string& run, const WeightsId& weights,
                                        int64_t oldest_kept_version) = 0;

  // Those seen within `max_age`, which is at most an hour, the last one first; at most
  // kMostWorkers.
  virtual absl::StatusOr<std::vector<WorkerRecord>> ListWorkers(const std::string& run,
                                                                absl::Duration max_age) = 0;
  virtual absl::StatusOr<RunProgress> GetProgress(const std::string& run) = 0;

  // Deletes the run, whatever its format. It becomes invisible first; its remaining keys follow, so
  // repeat the call after an error. NOT_FOUND: nothing of it is there.
  virtual absl::Status DeleteRun(const std::string& run) = 0;
};

}  // namespace hir

#endif  // HIR_STORE_REPLAY_STORE_H_
