// The calls of replay for one run, for whoever makes them: worker, learner, command line.
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
  // How long a call is repeated while replay is away. Zero: it is made once. The default is a
  // command's: a service that is restarted is back before it, and what lasts longer needs a person.
  // Infinite is a service's: whoever waits without end says so in its log.
  absl::Duration patience = absl::Minutes(2);
  // Deadline of one call, except of those that replay.proto gives longer.
  absl::Duration timeout = absl::Seconds(10);
  Clock* clock = nullptr;  // Of the pauses between calls; null = the machine's.
};

// Every call blocks, has a deadline and, unless it says otherwise, is repeated with growing pauses
// while replay is away (UNAVAILABLE, DEADLINE_EXCEEDED). Errors besides those of replay.proto: the
// last error of a replay that stays away longer than the patience; CANCELLED: `should_stop`
// returned true meanwhile. Thread-safe.
class ReplayClient {
 public:
  // `stub` and the clock must outlive this. `should_stop` is asked between calls that are repeated.
  ReplayClient(replay::v1::Replay::StubInterface& stub, std::string run,
               std::function<bool()> should_stop, const ReplayClientOptions& options = {});

  ReplayClient(const ReplayClient&) = delete;
  ReplayClient& operator=(const ReplayClient&) = delete;

  const std::string& run() const { return run_; }

  // Whether it was made now (false: it existed with the same configuration).
  absl::StatusOr<bool> CreateRun(const std::string& config_yaml);
  // What replay holds of the run.
  absl::StatusOr<replay::v1::GetRunResponse> GetRun();
  // The same for a service, which may be started before the run is made: waits until replay is
  // there and has the run, whatever the patience, and logs that it waits.
  absl::StatusOr<replay::v1::GetRunResponse> AwaitRun();
  // Puts the tasks of whole steps, in calls of at most 1024.
  absl::Status PutTasks(absl::Span<const replay::v1::Task> tasks);
  // Asks once, within a second: for display.
  absl::StatusOr<replay::v1::GetProgressResponse> GetProgress();
  absl::StatusOr<std::vector<replay::v1::RolloutRecord>> ReadStep(int64_t step);
  absl::Status DeleteRun();

  // Asks once: an answer that is lost costs each of its tasks an attempt, and a worker has other
  // things to do meanwhile. `worker` is its address, `serving` what it serves.
  absl::StatusOr<replay::v1::LeaseTasksResponse> LeaseTasks(const std::string& worker,
                                                            const WeightsId& serving,
                                                            uint32_t max_tasks);
  // Asks once. Returns the tasks whose leases were prolonged.
  absl::StatusOr<std::set<uint64_t>> RenewLeases(
      absl::Span<const replay::v1::RenewLeasesRequest::Lease> leases);

  // One above `above` and all that were taken before; `learner` is its address.
  absl::StatusOr<uint64_t> TakeIncarnation(const std::string& learner, uint64_t above);
  // Digests of the frozen batches, by step.
  absl::StatusOr<std::map<int64_t, std::string>> ListBatches();
  // The batch of `step`, for which replay waits at most a second; none: it is not frozen yet.
  absl::StatusOr<std::optional<replay::v1::GetBatchResponse>> PollBatch(int64_t step);
  // Gives every row of the shard to `take`, with its place in the shard. A stream that breaks is
  // read again: the places then begin again at 0.
  absl::Status ReadShard(
      int64_t step, int rank, int world_size,
      absl::FunctionRef<void(size_t place, const replay::v1::TrainingRow& row)> take);
  absl::Status AdvanceVersion(const WeightsId& weights, const std::string& batch_digest);
  absl::Status CommitCheckpoint(const WeightsId& weights, int64_t oldest_kept_version);
  // Asks once. Addresses of the workers that live.
  absl::StatusOr<std::vector<std::string>> ListWorkers();

 private:
  using Attempt = absl::FunctionRef<absl::Status(grpc::ClientContext&)>;
  template <typename Request, typename Response>
  using Rpc = grpc::Status (replay::v1::Replay::StubInterface::*)(grpc::ClientContext*,
                                                                  const Request&, Response*);

  // Makes `call` with a context of this deadline, again and again for `patience`; `name` is for
  // the log.
  absl::Status Call(const char* name, absl::Duration timeout, absl::Duration patience,
                    Attempt call);
  // The same for an rpc of one message each way.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Ask(const char* name, Rpc<Request, Response> rpc, const Request& request,
                               absl::Duration timeout, absl::Duration patience);
  // A request of this run.
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
