// The ledger on a Redis: one Lua script per operation, so each is atomic for all clients.
//
// How durable a write is depends on Redis' settings: with its append-only file and appendfsync
// always, an acknowledged write survives the death of any process and a loss of power; fail-over to
// a replica may lose the last writes. docs/replay-store.md has the keys and the guarantees.
#ifndef HIR_STORE_REDIS_REPLAY_STORE_H_
#define HIR_STORE_REDIS_REPLAY_STORE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hir/store/redis_client.h"
#include "hir/store/replay_store.h"
#include "hir/store/reply_reader.h"
#include "hir/store/scripts.h"

namespace hir {

// Thread-safe. Holds no state of runs, so several instances may serve the same run, and any may be
// killed.
class RedisReplayStore : public ReplayStore {
 public:
  explicit RedisReplayStore(RedisOptions options);

  absl::Status CheckDurable() override;
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
  // Makes the error for a script's refusal: its word, and in `detail` the values that follow it.
  using Refusal = absl::FunctionRef<absl::Status(absl::string_view word, ReplyReader& detail)>;

  // Runs `script` on the run and returns the values after its OK. NOT_FOUND: there is no such run.
  // FAILED_PRECONDITION: it is stored in another format. DATA_LOSS: its first writes are lost. For
  // other refusals, the error that `refusal` returns.
  absl::StatusOr<RedisReply> Run(const RedisScript& script, const std::string& run,
                                 std::vector<std::string> arguments, Refusal refusal);
  // The same for a script that refuses nothing.
  absl::StatusOr<RedisReply> Run(const RedisScript& script, const std::string& run,
                                 std::vector<std::string> arguments);
  // Whether Redis runs with `value` as its setting `name`.
  absl::StatusOr<bool> IsSet(const std::string& name, absl::string_view value);

  const ReplayScripts scripts_;
  RedisClient client_;
};

}  // namespace hir

#endif  // HIR_STORE_REDIS_REPLAY_STORE_H_
