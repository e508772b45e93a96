#include "services/replay/leasing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "services/replay/records.h"

namespace hir {
namespace {

constexpr absl::Duration kRetryAfter = absl::Milliseconds(200);
constexpr uint32_t kMaxLeases = 256;

void CountLost(const std::string& run, const LeaseResult& result, ReplayMetrics& metrics) {
  metrics.lease_expirations.Increment(
      static_cast<double>(result.requeued.size() + result.abandoned.size()));
  metrics.abandoned.Increment(static_cast<double>(result.abandoned.size()));
  for (const LostLease& lost : result.requeued) {
    Log(Severity::kWarning, "lease expired; the task waits again",
        {{"run", run}, {"task", lost.task}, {"step", lost.step}});
  }
  for (const LostLease& lost : result.abandoned) {
    Log(Severity::kError, "task abandoned; its step goes on without it",
        {{"run", run}, {"task", lost.task}, {"step", lost.step}});
  }
}

}  // namespace

absl::StatusOr<replay::v1::LeaseTasksResponse> LeaseToWorker(
    const replay::v1::LeaseTasksRequest& request, ReplayStore& store, StepFreezer& freezer,
    ReplayMetrics& metrics) {
  if (request.worker().empty()) {
    return absl::InvalidArgumentError("worker is empty; it must be the worker's address");
  }
  replay::v1::Worker worker;
  worker.set_address(request.worker());
  *worker.mutable_serving() = request.serving();
  HIR_ASSIGN_OR_RETURN(
      LeaseResult result,
      store.LeaseTasks(request.run(),
                       {.worker = request.worker(),
                        .serving = ToStored(request.serving()),
                        .worker_payload = worker.SerializeAsString(),
                        .max_tasks = static_cast<int>(std::min(request.max_tasks(), kMaxLeases))}));
  CountLost(request.run(), result, metrics);
  metrics.claims.Increment(static_cast<double>(result.leases.size()));
  std::set<int64_t> steps;
  for (const LostLease& lost : result.abandoned) steps.insert(lost.step);
  for (const int64_t step : steps) freezer.FreezeSoon(request.run(), step);
  replay::v1::LeaseTasksResponse response;
  for (TaskLease& lease : result.leases) {
    HIR_ASSIGN_OR_RETURN(auto task, ParseStored<replay::v1::LeasedTask>(lease.payload, "task"));
    task.set_fencing_token(lease.token);
    task.mutable_missing_samples()->Add(lease.missing_samples.begin(), lease.missing_samples.end());
    *task.mutable_expires_at() = ToProto(lease.expires_at);
    *response.add_tasks() = std::move(task);
  }
  if (result.fetch_at_least.has_value()) {
    *response.mutable_fetch_at_least() = ToProto(request.run(), *result.fetch_at_least);
  }
  response.set_learner(result.learner);
  if (result.leases.empty()) *response.mutable_retry_after() = ToProto(kRetryAfter);
  *response.mutable_lease_duration() = ToProto(result.lease_duration);
  return response;
}

}  // namespace hir
