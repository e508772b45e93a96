#include "hir/client/replay_client.h"

#include <utility>

#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

using replay::v1::Replay;

constexpr absl::Duration kOnce = absl::ZeroDuration();
constexpr absl::Duration kWritesTimeout = absl::Minutes(1);  // Of many tasks, or a whole run.
constexpr absl::Duration kRowsTimeout = absl::Minutes(2);    // Of a step's responses or rows.
constexpr absl::Duration kDisplayTimeout = absl::Seconds(1);
constexpr absl::Duration kBatchPoll = absl::Seconds(1);  // Also how soon a stop is seen.
constexpr size_t kMostTasksPerCall = 1024;

RetryPolicy PolicyOf(absl::Duration patience) {
  return {.max_attempts = patience == kOnce ? 1 : 0, .max_elapsed = patience};
}

}  // namespace

ReplayClient::ReplayClient(Replay::StubInterface& stub, std::string run,
                           std::function<bool()> should_stop, const ReplayClientOptions& options)
    : stub_(stub),
      run_(std::move(run)),
      should_stop_(std::move(should_stop)),
      options_(options),
      clock_(options.clock == nullptr ? machine_clock_ : *options.clock) {}

absl::Status ReplayClient::Call(const char* name, absl::Duration timeout, absl::Duration patience,
                                Attempt call) {
  const auto attempt = [&] {
    // A context serves one call only.
    grpc::ClientContext context;
    PrepareCall(context, timeout);
    const absl::Status status = call(context);
    if (IsRetryable(status) && patience == absl::InfiniteDuration()) {
      Log(Severity::kWarning, "replay does not answer; trying again",
          {{"run", run_}, {"call", name}, {"reason", std::string(status.message())}});
    }
    return status;
  };
  const absl::Status status = Retry(clock_, PolicyOf(patience), attempt, should_stop_);
  if (patience != kOnce && IsRetryable(status) && should_stop_()) {
    return absl::CancelledError("told to stop");
  }
  return status;
}

template <typename Request, typename Response>
absl::StatusOr<Response> ReplayClient::Ask(const char* name, Rpc<Request, Response> rpc,
                                           const Request& request, absl::Duration timeout,
                                           absl::Duration patience) {
  Response response;
  HIR_RETURN_IF_ERROR(Call(name, timeout, patience, [&](grpc::ClientContext& context) {
    return FromGrpc((stub_.*rpc)(&context, request, &response));
  }));
  return response;
}

template <typename Request>
Request ReplayClient::Of() const {
  Request request;
  request.set_run(run_);
  return request;
}

absl::StatusOr<bool> ReplayClient::CreateRun(const std::string& config_yaml) {
  auto request = Of<replay::v1::CreateRunRequest>();
  request.set_config_yaml(config_yaml);
  HIR_ASSIGN_OR_RETURN(const replay::v1::CreateRunResponse response,
                       Ask("CreateRun", &Replay::StubInterface::CreateRun, request,
                           options_.timeout, options_.patience));
  return response.created();
}

absl::StatusOr<replay::v1::GetRunResponse> ReplayClient::GetRun() {
  return Ask("GetRun", &Replay::StubInterface::GetRun, Of<replay::v1::GetRunRequest>(),
             options_.timeout, options_.patience);
}

absl::StatusOr<replay::v1::GetRunResponse> ReplayClient::AwaitRun() {
  const auto request = Of<replay::v1::GetRunRequest>();
  replay::v1::GetRunResponse response;
  const auto call = [&](grpc::ClientContext& context) {
    const absl::Status status = FromGrpc(stub_.GetRun(&context, request, &response));
    // The command line may make the run after the service has started.
    return absl::IsNotFound(status) ? absl::UnavailableError(status.message()) : status;
  };
  HIR_RETURN_IF_ERROR(Call("GetRun", options_.timeout, absl::InfiniteDuration(), call));
  return response;
}

absl::Status ReplayClient::PutTasks(absl::Span<const replay::v1::Task> tasks) {
  for (size_t begin = 0; begin < tasks.size(); begin += kMostTasksPerCall) {
    auto request = Of<replay::v1::PutTasksRequest>();
    const auto some = tasks.subspan(begin, kMostTasksPerCall);
    request.mutable_tasks()->Add(some.begin(), some.end());
    HIR_RETURN_IF_ERROR(Ask("PutTasks", &Replay::StubInterface::PutTasks, request, kWritesTimeout,
                            options_.patience)
                            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<replay::v1::GetProgressResponse> ReplayClient::GetProgress() {
  return Ask("GetProgress", &Replay::StubInterface::GetProgress,
             Of<replay::v1::GetProgressRequest>(), kDisplayTimeout, kOnce);
}

absl::StatusOr<std::vector<replay::v1::RolloutRecord>> ReplayClient::ReadStep(int64_t step) {
  auto request = Of<replay::v1::ReadStepRequest>();
  request.set_step(step);
  std::vector<replay::v1::RolloutRecord> records;
  const auto call = [&](grpc::ClientContext& context) {
    // What came before a stream broke comes again.
    records.clear();
    const auto reader = stub_.ReadStep(&context, request);
    replay::v1::RolloutRecord record;
    while (reader->Read(&record)) records.push_back(std::move(record));
    return FromGrpc(reader->Finish());
  };
  HIR_RETURN_IF_ERROR(Call("ReadStep", kRowsTimeout, options_.patience, call));
  return records;
}

absl::Status ReplayClient::DeleteRun() {
  return Ask("DeleteRun", &Replay::StubInterface::DeleteRun, Of<replay::v1::DeleteRunRequest>(),
             kWritesTimeout, options_.patience)
      .status();
}

absl::StatusOr<replay::v1::LeaseTasksResponse> ReplayClient::LeaseTasks(const std::string& worker,
                                                                        const WeightsId& serving,
                                                                        uint32_t max_tasks) {
  auto request = Of<replay::v1::LeaseTasksRequest>();
  request.set_worker(worker);
  *request.mutable_serving() = ToProto(serving);
  request.set_max_tasks(max_tasks);
  return Ask("LeaseTasks", &Replay::StubInterface::LeaseTasks, request, options_.timeout, kOnce);
}

absl::StatusOr<std::set<uint64_t>> ReplayClient::RenewLeases(
    absl::Span<const replay::v1::RenewLeasesRequest::Lease> leases) {
  auto request = Of<replay::v1::RenewLeasesRequest>();
  request.mutable_leases()->Add(leases.begin(), leases.end());
  HIR_ASSIGN_OR_RETURN(
      const replay::v1::RenewLeasesResponse response,
      Ask("RenewLeases", &Replay::StubInterface::RenewLeases, request, options_.timeout, kOnce));
  return std::set<uint64_t>(response.renewed_tasks().begin(), response.renewed_tasks().end());
}

absl::StatusOr<uint64_t> ReplayClient::TakeIncarnation(const std::string& learner, uint64_t above) {
  auto request = Of<replay::v1::TakeIncarnationRequest>();
  request.set_learner(learner);
  request.set_above(above);
  HIR_ASSIGN_OR_RETURN(const replay::v1::TakeIncarnationResponse response,
                       Ask("TakeIncarnation", &Replay::StubInterface::TakeIncarnation, request,
                           options_.timeout, options_.patience));
  return response.incarnation();
}

absl::StatusOr<std::map<int64_t, std::string>> ReplayClient::ListBatches() {
  HIR_ASSIGN_OR_RETURN(
      const replay::v1::ListBatchesResponse response,
      Ask("ListBatches", &Replay::StubInterface::ListBatches, Of<replay::v1::ListBatchesRequest>(),
          options_.timeout, options_.patience));
  std::map<int64_t, std::string> digests;
  for (const auto& batch : response.batches()) digests[batch.step()] = batch.batch_digest();
  return digests;
}

absl::StatusOr<std::optional<replay::v1::GetBatchResponse>> ReplayClient::PollBatch(int64_t step) {
  auto request = Of<replay::v1::GetBatchRequest>();
  request.set_step(step);
  std::optional<replay::v1::GetBatchResponse> batch;
  const auto call = [&](grpc::ClientContext& context) {
    const absl::Status status = FromGrpc(stub_.GetBatch(&context, request, &batch.emplace()));
    // The end of a long poll is not a failure: nothing to log, nothing to back off from.
    if (!absl::IsDeadlineExceeded(status)) return status;
    batch.reset();
    return absl::OkStatus();
  };
  HIR_RETURN_IF_ERROR(Call("GetBatch", kBatchPoll, options_.patience, call));
  return batch;
}

absl::Status ReplayClient::ReadShard(
    int64_t step, int rank, int world_size,
    absl::FunctionRef<void(size_t place, const replay::v1::TrainingRow& row)> take) {
  auto request = Of<replay::v1::ReadShardRequest>();
  request.set_step(step);
  request.set_rank(rank);
  request.set_world_size(world_size);
  return Call("ReadShard", kRowsTimeout, options_.patience, [&](grpc::ClientContext& context) {
    const auto reader = stub_.ReadShard(&context, request);
    replay::v1::TrainingRow row;
    for (size_t place = 0; reader->Read(&row); ++place) take(place, row);
    return FromGrpc(reader->Finish());
  });
}

absl::Status ReplayClient::AdvanceVersion(const WeightsId& weights,
                                          const std::string& batch_digest) {
  replay::v1::AdvanceVersionRequest request;
  *request.mutable_weights() = ToProto(weights);
  request.set_batch_digest(batch_digest);
  return Ask("AdvanceVersion", &Replay::StubInterface::AdvanceVersion, request, options_.timeout,
             options_.patience)
      .status();
}

absl::Status ReplayClient::CommitCheckpoint(const WeightsId& weights, int64_t oldest_kept_version) {
  replay::v1::CommitCheckpointRequest request;
  *request.mutable_weights() = ToProto(weights);
  request.set_oldest_kept_version(oldest_kept_version);
  return Ask("CommitCheckpoint", &Replay::StubInterface::CommitCheckpoint, request,
             options_.timeout, options_.patience)
      .status();
}

absl::StatusOr<std::vector<replay::v1::Worker>> ReplayClient::ListWorkers() {
  HIR_ASSIGN_OR_RETURN(const replay::v1::ListWorkersResponse response,
                       Ask("ListWorkers", &Replay::StubInterface::ListWorkers,
                           Of<replay::v1::ListWorkersRequest>(), options_.timeout, kOnce));
  return std::vector<replay::v1::Worker>(response.workers().begin(), response.workers().end());
}

}  // namespace hir
