#include "services/replay/leasing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/trace/trace.h"
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

// The root of the task's tree: everything that is made under this lease is below it.
void TraceLease(const std::string& run, const std::string& worker,
                const replay::v1::LeasedTask& task, absl::Time start) {
  const uint64_t number = task.task().task();
  ReportSpan({.name = "lease",
              .context = LeaseSpan(run, number, task.fencing_token()),
              .start = start,
              .end = absl::Now(),
              .attributes = {{"hir.run", run},
                             {"hir.group_id", absl::StrCat(run, "/", number)},
                             {"hir.step", task.task().step()},
                             {"hir.worker", worker},
                             {"hir.missing_samples", int64_t{task.missing_samples_size()}}}});
}

}  // namespace

absl::StatusOr<replay::v1::LeaseTasksResponse> LeaseToWorker(
    const replay::v1::LeaseTasksRequest& request, ReplayStore& store, StepFreezer& freezer,
    ReplayMetrics& metrics) {
  if (request.worker().empty()) {
    return absl::InvalidArgumentError("worker is empty; it must be the worker's address");
  }
  const absl::Time start = absl::Now();
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
    TraceLease(request.run(), request.worker(), task, start);
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
