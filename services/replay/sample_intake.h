// Takes scored responses in and says what became of each.
#ifndef HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_
#define HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_

#include <string>

#include "absl/status/statusor.h"
#include "hir/metrics/names.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/store/replay_store.h"
#include "services/replay/step_freezer.h"

namespace hir {

// Stores one serialised ScoredResponse; when that completes its step, has it frozen soon. A
// response that breaks common.proto or its task is INVALID in the result, not an error.
// INVALID_ARGUMENT: `bytes` are no ScoredResponse at all. Else errors of ReplayStore::Insert().
absl::StatusOr<replay::v1::InsertResult> TakeSample(const std::string& bytes, ReplayStore& store,
                                                    StepFreezer& freezer, ReplayMetrics& metrics);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_SAMPLE_INTAKE_H_
