// Takes scored responses in and says what became of each.
#ifndef HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_
#define HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_

#include <string>

#include "absl/status/statusor.h"
#include "hir/metrics/names.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/store/replay_store.h"
#include "services/replay/run_directory.h"
#include "services/replay/step_freezer.h"
#include "services/replay/task_match.h"

namespace hir {

// What taking a sample needs; all of it outlives the call.
struct SampleDoor {
  ReplayStore& store;
  RunDirectory& runs;
  const ModelLimits& limits;
  const ResponseDecoder& decoder;
  StepFreezer& freezer;
  ReplayMetrics& metrics;
};

// Compares one serialised ScoredResponse with its task and stores it; when that completes its step,
// has it frozen soon. A response that breaks common.proto or does not match its task is INVALID in
// the result, not an error; one that nobody wants any more is not compared. INVALID_ARGUMENT:
// `bytes` are no ScoredResponse at all. Else errors of ReplayStore::Insert() and of
// RunDirectory::Find().
absl::StatusOr<replay::v1::InsertResult> TakeSample(std::string bytes, const SampleDoor& door);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_
