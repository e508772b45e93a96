// Leases tasks to rollout workers.
#ifndef HIR_SERVICES_REPLAY_LEASING_H_
#define HIR_SERVICES_REPLAY_LEASING_H_

#include "absl/status/statusor.h"
#include "hir/metrics/service_metrics.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/store/replay_store.h"
#include "services/replay/step_freezer.h"

namespace hir {

// Answers LeaseTasks. Logs and counts lost leases, and freezes a step that was waiting only for a
// task that is now abandoned. INVALID_ARGUMENT: the worker reports impossible weights. Other
// errors: those of the store. REQUIRES: the worker's address is its own, or empty.
absl::StatusOr<replay::v1::LeaseTasksResponse> LeaseToWorker(
    const replay::v1::LeaseTasksRequest& request, ReplayStore& store, StepFreezer& freezer,
    ReplayMetrics& metrics);

// Answers RenewLeases; treats leases that are given up like expired ones in LeaseToWorker().
// Errors: those of the store.
absl::StatusOr<replay::v1::RenewLeasesResponse> RenewOrEnd(
    const replay::v1::RenewLeasesRequest& request, ReplayStore& store, StepFreezer& freezer,
    ReplayMetrics& metrics);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_LEASING_H_
