// Checks and stores scored responses.
#ifndef HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_
#define HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_

#include <string>

#include "absl/status/statusor.h"
#include "hir/metrics/service_metrics.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/store/replay_store.h"
#include "services/replay/run_directory.h"
#include "services/replay/step_freezer.h"
#include "services/replay/task_match.h"

namespace hir {

// What TakeSample() works with; all of it must outlive the call.
struct SampleDoor {
  ReplayStore& store;
  RunDirectory& runs;
  const ModelLimits& limits;
  const ResponseDecoder& decoder;
  StepFreezer& freezer;
  ReplayMetrics& metrics;
};

// Compares one serialised ScoredResponse with its task and stores it; if that completes its step,
// schedules the freeze. A response that violates common.proto or does not match its task gives the
// result INVALID, not an error; one that is no longer wanted is not compared. INVALID_ARGUMENT:
// `bytes` is not a ScoredResponse at all. Other errors: those of ReplayStore::Insert() and
// RunDirectory::Find().
absl::StatusOr<replay::v1::InsertResult> TakeSample(std::string bytes, const SampleDoor& door);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_
