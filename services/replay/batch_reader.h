// Hands out the rows of frozen batches.
#ifndef HIR_SERVICES_REPLAY_BATCH_READER_H_
#define HIR_SERVICES_REPLAY_BATCH_READER_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/store/replay_store.h"

namespace hir {

// The answer to GetBatch. INTERNAL: the manifest cannot be read.
absl::StatusOr<replay::v1::GetBatchResponse> BatchOf(const Manifest& manifest);

// Calls `use` for each row of one shard in row order until it returns false.
// FAILED_PRECONDITION: the step is not frozen, or its samples were deleted after a checkpoint.
// INVALID_ARGUMENT: a rank or world size that cannot be.
absl::Status ReadShard(ReplayStore& store, const replay::v1::ReadShardRequest& request,
                       absl::FunctionRef<bool(const replay::v1::TrainingRow&)> use);

// Calls `use` for each original of a frozen step in row order until it returns false. Errors as
// ReadShard().
absl::Status ReadStep(ReplayStore& store, const replay::v1::ReadStepRequest& request,
                      absl::FunctionRef<bool(const replay::v1::RolloutRecord&)> use);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_BATCH_READER_H_
