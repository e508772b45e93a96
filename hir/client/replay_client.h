// A typed client of replay for one run, used by worker, learner and command line.
#ifndef HIR_CLIENT_REPLAY_CLIENT_H_
#define HIR_CLIENT_REPLAY_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hir/base/clock.h"
#include "hir/domain/weights_id.h"
#include "hir/replay/v1/replay.grpc.pb.h"

namespace hir {

struct ReplayClientOptions {
  // How long a call is repeated while replay is unreachable; zero: it is made once. The default is
  // for commands: a restarted service is back within it, and a longer outage needs a person.
  // Services use an infinite patience and log that they wait.
  absl::Duration patience = absl::Minutes(2);
  // Deadline of one call, except of those that replay.proto gives longer.
  absl::Duration timeout = absl::Seconds(10);
  Clock* clock = nullptr;  // Times the pauses between calls; null = the machine's.
};

// Every call blocks, has a deadline and, unless it says otherwise, is repeated with growing pauses
// while replay is unreachable (UNAVAILABLE, DEADLINE_EXCEEDED). Errors besides those of
// replay.proto: the last error, if replay is unreachable for longer than the patience; CANCELLED:
// `should_stop` returned true in the meantime. Thread-safe.
class ReplayClient {
 public:
  // `stub` and the clock must outlive this. `should_stop` is asked between calls that are repeated.
  ReplayClient(replay::v1::Replay::StubInterface& stub, std::string run,
               std::function<bool()> should_stop, const ReplayClientOptions& options = {});

  ReplayClient(const ReplayClient&) = delete;
  ReplayClient& operator=(const ReplayClient&) = delete;

  const std::string& run() const { return run_; }

  // True: the run was created; false: it existed with the same configuration.
  absl::StatusOr<bool> CreateRun(const std::string& config_yaml);
  // Returns what replay stores about the run.
  absl::StatusOr<replay::v1::GetRunResponse> GetRun();
  // Like GetRun(), for a service that may be started before the run is created: waits until replay
  // is reachable and has the run, regardless of the patience, and logs that it waits.
  absl::StatusOr<replay::v1::GetRunResponse> AwaitRun();
  // Puts the tasks of whole steps, in calls of at most 1024.
  absl::Status PutTasks(absl::Span<const replay::v1::Task> tasks);
  // Made once, with a deadline of one second: for display.
  absl::StatusOr<replay::v1::GetProgressResponse> GetProgress();
  absl::StatusOr<std::vector<replay::v1::RolloutRecord>> ReadStep(int64_t step);
  absl::Status DeleteRun();

  // Made once: each lost answer costs its tasks an attempt, and a worker has other work in the
  // meantime. `worker` is the worker's address, `serving` the weights that it serves.
  absl::StatusOr<replay::v1::LeaseTasksResponse> LeaseTasks(const std::string& worker,
                                                            const WeightsId& serving,
                                                            uint32_t max_tasks);
  // Made once. Returns the tasks whose leases were renewed.
  absl::StatusOr<std::set<uint64_t>> RenewLeases(
      absl::Span<const replay::v1::RenewLeasesRequest::Lease> leases);

  // Returns one more than the maximum of `above` and every incarnation taken before. `learner` is
  // the learner's address.
  absl::StatusOr<uint64_t> TakeIncarnation(const std::string& learner, uint64_t above);
  // Returns the digests of the frozen batches by step.
  absl::StatusOr<std::map<int64_t, std::string>> ListBatches();
  // Returns the batch of `step`, for which replay waits at most a second; nullopt if it is not
  // frozen yet.
  absl::StatusOr<std::optional<replay::v1::GetBatchResponse>> PollBatch(int64_t step);
  // Calls `take` for every row of the shard with its index in the shard. A broken stream is read
  // again, and the indices then start again at 0.
  absl::Status ReadShard(
      int64_t step, int rank, int world_size,
      absl::FunctionRef<void(size_t place, const replay::v1::TrainingRow& row)> take);
  absl::Status AdvanceVersion(const WeightsId& weights, const std::string& batch_digest);
  absl::Status CommitCheckpoint(const WeightsId& weights, int64_t oldest_kept_version);
  // Made once. Returns the live workers, the one heard of last first.
  absl::StatusOr<std::vector<replay::v1::Worker>> ListWorkers();

 private:
  using Attempt = absl::FunctionRef<absl::Status(grpc::ClientContext&)>;
  template <typename Request, typename Response>
  using Rpc = grpc::Status (replay::v1::Replay::StubInterface::*)(grpc::ClientContext*,
                                                                  const Request&, Response*);

  // Makes `call` with a context of this timeout and repeats it for at most `patience`; `name` is
  // for the log.
  absl::Status Call(const char* name, absl::Duration timeout, absl::Duration patience,
                    Attempt call);
  // Like Call(), for a unary rpc.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Ask(const char* name, Rpc<Request, Response> rpc, const Request& request,
                               absl::Duration timeout, absl::Duration patience);
  // Returns a request with the run's name.
  template <typename Request>
  Request Of() const;

  replay::v1::Replay::StubInterface& stub_;
  const std::string run_;
  const std::function<bool()> should_stop_;
  const ReplayClientOptions options_;
  RealClock machine_clock_;
  Clock& clock_;
};

}  // namespace hir

#endif  // HIR_CLIENT_REPLAY_CLIENT_H_
