#include "services/learner/replay_ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"
#include "services/learner/translation.h"

namespace hir {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(10);
constexpr absl::Duration kBatchPoll = absl::Seconds(1);  // Also how soon a stop is seen.
constexpr int kPollsBetweenChecks = 10;
constexpr absl::Duration kShardTimeout = absl::Minutes(2);

}  // namespace

ReplayLedger::ReplayLedger(std::unique_ptr<replay::v1::Replay::StubInterface> stub, std::string run,
                           Clock& clock, std::function<bool()> stopped)
    : stub_(std::move(stub)), run_(std::move(run)), clock_(clock), stopped_(std::move(stopped)) {}

absl::Status ReplayLedger::Persist(const std::string& what,
                                   absl::FunctionRef<absl::Status()> call) {
  const auto attempt = [&] {
    const absl::Status status = call();
    if (IsRetryable(status)) {
      Log(Severity::kWarning, "replay does not answer; trying again",
          {{"run", run_}, {"call", what}, {"reason", std::string(status.message())}});
    }
    return status;
  };
  const absl::Status status = Retry(clock_, RetryPolicy{}, attempt, stopped_);
  if (IsRetryable(status) && stopped_()) return absl::CancelledError("told to stop");
  return status;
}

absl::StatusOr<replay::v1::GetRunResponse> ReplayLedger::GetRun() {
  replay::v1::GetRunResponse response;
  HIR_RETURN_IF_ERROR(Persist("GetRun", [&] {
    grpc::ClientContext context;
    PrepareCall(context, kCallTimeout);
    replay::v1::GetRunRequest request;
    request.set_run(run_);
    const absl::Status status = FromGrpc(stub_->GetRun(&context, request, &response));
    // The command line may make the run after the learner has started.
    return absl::IsNotFound(status) ? absl::UnavailableError(status.message()) : status;
  }));
  return response;
}

absl::StatusOr<uint64_t> ReplayLedger::TakeIncarnation(const std::string& address, uint64_t above) {
  replay::v1::TakeIncarnationResponse response;
  HIR_RETURN_IF_ERROR(Persist("TakeIncarnation", [&] {
    grpc::ClientContext context;
    PrepareCall(context, kCallTimeout);
    replay::v1::TakeIncarnationRequest request;
    request.set_run(run_);
    request.set_learner(address);
    request.set_above(above);
    return FromGrpc(stub_->TakeIncarnation(&context, request, &response));
  }));
  return response.incarnation();
}

absl::StatusOr<std::map<int64_t, std::string>> ReplayLedger::Batches() {
  replay::v1::ListBatchesResponse response;
  HIR_RETURN_IF_ERROR(Persist("ListBatches", [&] {
    grpc::ClientContext context;
    PrepareCall(context, kCallTimeout);
    replay::v1::ListBatchesRequest request;
    request.set_run(run_);
    return FromGrpc(stub_->ListBatches(&context, request, &response));
  }));
  std::map<int64_t, std::string> digests;
  for (const auto& batch : response.batches()) digests[batch.step()] = batch.batch_digest();
  return digests;
}

absl::Status ReplayLedger::AskForBatch(int64_t step, replay::v1::GetBatchResponse& response) {
  return Persist("GetBatch", [&] {
    grpc::ClientContext context;
    PrepareCall(context, kBatchPoll);
    replay::v1::GetBatchRequest request;
    request.set_run(run_);
    request.set_step(step);
    const absl::Status answer = FromGrpc(stub_->GetBatch(&context, request, &response));
    // The end of a long poll is no failure: nothing to log, nothing to back off from.
    return absl::IsDeadlineExceeded(answer) ? absl::AbortedError("not frozen yet") : answer;
  });
}

absl::Status ReplayLedger::CheckStillThere(const WeightsId& advanced) {
  if (advanced.incarnation == 0) return absl::OkStatus();
  replay::v1::GetRunResponse response;
  absl::Status status = Persist("GetRun", [&] {
    grpc::ClientContext context;
    PrepareCall(context, kCallTimeout);
    replay::v1::GetRunRequest request;
    request.set_run(run_);
    return FromGrpc(stub_->GetRun(&context, request, &response));
  });
  const WeightsId newest = FromProto(response.weights());
  const bool behind = IsOlder(newest, advanced);
  if (!absl::IsNotFound(status) && !absl::IsDataLoss(status) && (!status.ok() || !behind)) {
    return status;
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "replay's ledger has lost what it was told of run ", run_, " (version ", advanced.version,
      " of incarnation ", advanced.incarnation, ", ",
      status.ok()
          ? absl::StrCat("now version ", newest.version, " of incarnation ", newest.incarnation)
          : std::string(status.message()),
      "): give Redis its whole append-only file back, or begin an empty ledger after the newest ",
      "checkpoint with --new-ledger"));
}

absl::StatusOr<replay::v1::GetBatchResponse> ReplayLedger::AwaitBatch(int64_t step,
                                                                      const WeightsId& advanced) {
  replay::v1::GetBatchResponse response;
  for (int poll = 0;; ++poll) {
    if (stopped_()) return absl::CancelledError("told to stop");
    if (poll % kPollsBetweenChecks == 0) HIR_RETURN_IF_ERROR(CheckStillThere(advanced));
    const absl::Status status = AskForBatch(step, response);
    if (status.ok()) return response;
    if (!absl::IsAborted(status)) return status;
  }
}

absl::StatusOr<std::vector<TrainingSample>> ReplayLedger::ReadShard(int64_t step, int rank,
                                                                    int world_size) {
  std::vector<TrainingSample> samples;
  HIR_RETURN_IF_ERROR(Persist("ReadShard", [&] {
    samples.clear();
    grpc::ClientContext context;
    PrepareCall(context, kShardTimeout);
    replay::v1::ReadShardRequest request;
    request.set_run(run_);
    request.set_step(step);
    request.set_rank(rank);
    request.set_world_size(world_size);
    const auto reader = stub_->ReadShard(&context, request);
    replay::v1::TrainingRow row;
    while (reader->Read(&row)) samples.push_back(ToTrainingSample(row));
    return FromGrpc(reader->Finish());
  }));
  return samples;
}

absl::Status ReplayLedger::AdvanceVersion(const WeightsId& weights,
                                          const std::string& batch_digest) {
  return Persist("AdvanceVersion", [&] {
    grpc::ClientContext context;
    PrepareCall(context, kCallTimeout);
    replay::v1::AdvanceVersionRequest request;
    *request.mutable_weights() = ToProto(weights);
    request.set_batch_digest(batch_digest);
    replay::v1::AdvanceVersionResponse response;
    return FromGrpc(stub_->AdvanceVersion(&context, request, &response));
  });
}

absl::Status ReplayLedger::CommitCheckpoint(const WeightsId& weights, int64_t oldest_kept_version) {
  return Persist("CommitCheckpoint", [&] {
    grpc::ClientContext context;
    PrepareCall(context, kCallTimeout);
    replay::v1::CommitCheckpointRequest request;
    *request.mutable_weights() = ToProto(weights);
    request.set_oldest_kept_version(oldest_kept_version);
    replay::v1::CommitCheckpointResponse response;
    return FromGrpc(stub_->CommitCheckpoint(&context, request, &response));
  });
}

absl::StatusOr<std::vector<std::string>> ReplayLedger::Workers() {
  grpc::ClientContext context;
  PrepareCall(context, kCallTimeout);
  replay::v1::ListWorkersRequest request;
  request.set_run(run_);
  replay::v1::ListWorkersResponse response;
  HIR_RETURN_IF_ERROR(FromGrpc(stub_->ListWorkers(&context, request, &response)));
  std::vector<std::string> addresses;
  for (const auto& worker : response.workers()) addresses.push_back(worker.address());
  return addresses;
}

}  // namespace hir
