// Makes the frozen batch of a step: selects failures, rewrites and tokenises their instructions,
// and puts originals and replayed rows in their order. No I/O; equal inputs give equal batches.
#ifndef HIR_SERVICES_REPLAY_BATCH_BUILDER_H_
#define HIR_SERVICES_REPLAY_BATCH_BUILDER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/hindsight/selector.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/tokenizer/prompt_encoder.h"
#include "services/replay/step_input.h"

namespace hir {

struct BuiltBatch {
  replay::v1::FrozenBatch batch;
  std::vector<ScoredSample> pool;  // Originals in row order.
  Selection selection;             // Indices into `pool`.
};

// Rows: originals by (task, sample), each replayed one directly after its parent. A candidate whose
// rewritten prompt has more than rollout.max_prompt_tokens tokens gives its place to the next one
// (it is among selection.rejected). INVALID_ARGUMENT: a prompt cannot be rendered, or an error of
// SelectForReplay().
absl::StatusOr<BuiltBatch> BuildBatch(const StepInput& input, const RunConfig& config,
                                      const PromptEncoder& encoder);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_BATCH_BUILDER_H_
