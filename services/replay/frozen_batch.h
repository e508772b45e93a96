// The batch of a step as the ledger keeps it.
#ifndef HIR_SERVICES_REPLAY_FROZEN_BATCH_H_
#define HIR_SERVICES_REPLAY_FROZEN_BATCH_H_

#include "hir/batch/batch.h"
#include "hir/batch/step_input.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// The manifest of `batch`, which was made from `input`. Equal ones have equal bytes.
replay::v1::FrozenBatch ToProto(const Batch& batch, const StepInput& input);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_FROZEN_BATCH_H_
