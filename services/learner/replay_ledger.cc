#include "services/learner/replay_ledger.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "services/learner/translation.h"

namespace hir {
namespace {

// Polls of about a second each: a lost ledger is noticed soon, at the cost of few more calls.
constexpr int kPollsBetweenChecks = 10;

}  // namespace

ReplayLedger::ReplayLedger(ReplayClient& client, std::function<bool()> stopped)
    : client_(client), stopped_(std::move(stopped)) {}

// The command line may make the run after the learner has started.
absl::StatusOr<replay::v1::GetRunResponse> ReplayLedger::GetRun() { return client_.AwaitRun(); }

absl::StatusOr<uint64_t> ReplayLedger::TakeIncarnation(const std::string& address, uint64_t above) {
  return client_.TakeIncarnation(address, above);
}

absl::StatusOr<std::map<int64_t, std::string>> ReplayLedger::Batches() {
  return client_.ListBatches();
}

absl::Status ReplayLedger::CheckStillThere(const WeightsId& advanced) {
  // Nothing was recorded, so nothing can be missing.
  if (advanced.incarnation == 0) return absl::OkStatus();
  const absl::StatusOr<replay::v1::GetRunResponse> run = client_.GetRun();
  // The run itself, or a part of it, may be what was lost; other errors say nothing of it.
  const bool gone = absl::IsNotFound(run.status()) || absl::IsDataLoss(run.status());
  if (!run.ok() && !gone) return run.status();
  const WeightsId newest = run.ok() ? FromProto(run->weights()) : WeightsId();
  // A newer incarnation is not a loss: its learner's writes refuse this one's soon enough.
  if (run.ok() && !IsOlder(newest, advanced)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "replay's ledger has lost what it was told of run ", client_.run(), " (version ",
      advanced.version, " of incarnation ", advanced.incarnation, ", ",
      run.ok()
          ? absl::StrCat("now version ", newest.version, " of incarnation ", newest.incarnation)
          : std::string(run.status().message()),
      "): restore Redis' whole append-only file, or begin an empty ledger after the newest ",
      "checkpoint with --new-ledger"));
}

absl::StatusOr<replay::v1::GetBatchResponse> ReplayLedger::AwaitBatch(int64_t step,
                                                                      const WeightsId& advanced) {
  for (int poll = 0;; ++poll) {
    if (stopped_()) return absl::CancelledError("told to stop");
    // A ledger that lost versions would never freeze this step: its workers wait for weights that
    // it no longer knows.
    if (poll % kPollsBetweenChecks == 0) HIR_RETURN_IF_ERROR(CheckStillThere(advanced));
    HIR_ASSIGN_OR_RETURN(std::optional<replay::v1::GetBatchResponse> batch,
                         client_.PollBatch(step));
    if (batch.has_value()) return *std::move(batch);
  }
}

absl::StatusOr<std::vector<TrainingSample>> ReplayLedger::ReadShard(int64_t step, int rank,
                                                                    int world_size) {
  std::vector<TrainingSample> samples;
  // Converted as they come: a shard of messages and one of samples would not fit side by side.
  const auto take = [&samples](size_t place, const replay::v1::TrainingRow& row) {
    samples.resize(place);  // Drops what a stream that broke had brought.
    samples.push_back(ToTrainingSample(row));
  };
  HIR_RETURN_IF_ERROR(client_.ReadShard(step, rank, world_size, take));
  return samples;
}

absl::Status ReplayLedger::AdvanceVersion(const WeightsId& weights,
                                          const std::string& batch_digest) {
  return client_.AdvanceVersion(weights, batch_digest);
}

absl::Status ReplayLedger::CommitCheckpoint(const WeightsId& weights, int64_t oldest_kept_version) {
  return client_.CommitCheckpoint(weights, oldest_kept_version);
}

// Pushing weights can wait for the next step: an outage is not waited out.
absl::StatusOr<std::vector<std::string>> ReplayLedger::Workers() {
  HIR_ASSIGN_OR_RETURN(const std::vector<replay::v1::Worker> workers, client_.ListWorkers());
  std::vector<std::string> addresses;
  for (const replay::v1::Worker& worker : workers) addresses.push_back(worker.address());
  return addresses;
}

}  // namespace hir
