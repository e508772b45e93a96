#include "services/replay/leasing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/response_check.h"
#include "hir/domain/wire/time.h"
#include "hir/trace/trace.h"
#include "services/replay/records.h"

namespace hir {
namespace {

constexpr absl::Duration kRetryAfter = absl::Milliseconds(200);
constexpr uint32_t kMaxLeases = 256;

// Logs and counts lost leases, and freezes steps that waited only for them.
void TakeNote(const std::string& run, const EndedLeases& result, StepFreezer& freezer,
              ReplayMetrics& metrics) {
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
  std::set<int64_t> steps;
  for (const LostLease& lost : result.abandoned) steps.insert(lost.step);
  for (const int64_t step : steps) freezer.FreezeSoon(run, step);
}

// Checks the weights that a worker reports, which are stored with its address.
absl::Status CheckServing(const common::v1::WeightsId& serving) {
  if (serving.version() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("serving is version ", serving.version(), "; versions count from 0"));
  }
  if (serving.run().size() > kMaxNameBytes || serving.digest().size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("serving has a run or digest of more than ", kMaxNameBytes, " bytes"));
  }
  return absl::OkStatus();
}

// Reports the root of the task's tree, above all spans of work under this lease.
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
  HIR_RETURN_IF_ERROR(CheckServing(request.serving()));
  const absl::Time start = absl::Now();
  replay::v1::Worker worker;
  worker.set_address(request.worker());
  *worker.mutable_serving() = request.serving();
  HIR_ASSIGN_OR_RETURN(
      LeaseResult result,
      store.LeaseTasks(request.run(),
                       {.worker = request.worker(),
                        .serving = FromProto(request.serving()),
                        .worker_payload = worker.SerializeAsString(),
                        .max_tasks = static_cast<int>(std::min(request.max_tasks(), kMaxLeases))}));
  TakeNote(request.run(), result, freezer, metrics);
  metrics.claims.Increment(static_cast<double>(result.leases.size()));
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

absl::StatusOr<replay::v1::RenewLeasesResponse> RenewOrEnd(
    const replay::v1::RenewLeasesRequest& request, ReplayStore& store, StepFreezer& freezer,
    ReplayMetrics& metrics) {
  std::vector<LeaseToken> leases;
  std::vector<GivenUpLease> given_up;
  for (const auto& lease : request.leases()) {
    const LeaseToken token = {lease.task(), lease.fencing_token()};
    if (lease.given_up().empty()) {
      leases.push_back(token);
      continue;
    }
    Log(Severity::kWarning, "a worker gives a task up",
        {{"run", request.run()}, {"task", lease.task()}, {"reason", lease.given_up()}});
    given_up.push_back({token, lease.given_up()});
  }
  replay::v1::RenewLeasesResponse response;
  if (!leases.empty() || given_up.empty()) {
    HIR_ASSIGN_OR_RETURN(const std::vector<uint64_t> renewed,
                         store.RenewLeases(request.run(), leases));
    response.mutable_renewed_tasks()->Add(renewed.begin(), renewed.end());
  }
  if (!given_up.empty()) {
    HIR_ASSIGN_OR_RETURN(const EndedLeases ended, store.GiveUp(request.run(), given_up));
    TakeNote(request.run(), ended, freezer, metrics);
  }
  return response;
}

}  // namespace hir
