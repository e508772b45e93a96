// What a task or a response must be before the ledger takes it.
#ifndef HIR_SERVICES_REPLAY_VALIDATION_H_
#define HIR_SERVICES_REPLAY_VALIDATION_H_

#include "absl/status/status.h"
#include "hir/common/v1/common.pb.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// Checks everything but the prompt's length. INVALID_ARGUMENT: a step below 1, no or more than 4096
// responses, an unknown layout, no constraint; the message names the task.
absl::Status CheckTask(const replay::v1::Task& task);

// Checks `scored` against common.proto: its response as CheckResponse() does, and its verdicts.
// INVALID_ARGUMENT: the message names the sample and field.
absl::Status CheckScoredResponse(const common::v1::ScoredResponse& scored);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_VALIDATION_H_
