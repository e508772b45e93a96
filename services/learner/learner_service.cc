#include "services/learner/learner_service.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/rpc/status.h"
#include "hir/rpc/stream_limits.h"
#include "hir/train/checkpoints.h"
#include "hir/weights/transfer.h"

namespace hir {
namespace {

// How soon it is noticed that a watcher has hung up.
constexpr absl::Duration kWatchPoll = absl::Milliseconds(500);

}  // namespace

grpc::Status LearnerService::CheckRun(const std::string& run) const {
  if (run == run_) return grpc::Status::OK;
  return {grpc::StatusCode::NOT_FOUND,
          absl::StrCat("this learner trains run \"", run_, "\", not \"", run, "\"")};
}

grpc::Status LearnerService::FetchWeights(
    grpc::ServerContext* context, const learner::v1::FetchWeightsRequest* request,
    grpc::ServerWriter<rollout::v1::UpdateWeightsRequest>* writer) {
  if (const grpc::Status status = CheckRun(request->run()); !status.ok()) return status;
  const NewestWeights newest = outbox_.weights();
  if (newest.weights == nullptr) {
    return {grpc::StatusCode::UNAVAILABLE, "no weights are ready yet; ask again"};
  }
  const absl::Time start = absl::Now();
  WriteDeadline writes(*context);
  const absl::Status sent = SendWeights(*newest.weights, newest.version,
                                        [&](const rollout::v1::UpdateWeightsRequest& message) {
                                          return writes.Write(*writer, message);
                                        });
  if (sent.ok()) {
    metrics_.transfer_duration.Observe(absl::ToDoubleSeconds(absl::Now() - start));
    metrics_.transfer_bytes.Increment(static_cast<double>(newest.weights->bytes.size()));
  }
  return ToGrpc(sent);
}

grpc::Status LearnerService::Watch(grpc::ServerContext* context,
                                   const learner::v1::WatchRequest* request,
                                   grpc::ServerWriter<learner::v1::StepReport>* writer) {
  if (const grpc::Status status = CheckRun(request->run()); !status.ok()) return status;
  WriteDeadline writes(*context);
  int64_t step = request->after_step();
  while (!context->IsCancelled()) {
    const auto report = outbox_.NextReport(step, kWatchPoll);
    if (report.has_value()) {
      if (!writes.Write(*writer, *report) || report->final()) return grpc::Status::OK;
      step = report->step();
    } else if (const auto end = outbox_.end()) {
      if (!end->ok()) return ToGrpc(*end);
      return {grpc::StatusCode::UNAVAILABLE, "the learner stops before the run's last step"};
    }
  }
  return grpc::Status::CANCELLED;
}

grpc::Status LearnerService::MarkBest(grpc::ServerContext*,
                                      const learner::v1::MarkBestRequest* request,
                                      learner::v1::MarkBestResponse*) {
  if (const grpc::Status status = CheckRun(request->run()); !status.ok()) return status;
  return ToGrpc(MarkBestCheckpoint(run_dir_, request->step()));
}

}  // namespace hir
