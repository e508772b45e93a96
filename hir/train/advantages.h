// Advantages of one rank's rows, computed over the whole batch of all ranks.
#ifndef HIR_TRAIN_ADVANTAGES_H_
#define HIR_TRAIN_ADVANTAGES_H_

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/collective/process_group.h"
#include "hir/config/run_config.h"
#include "hir/train/batch_facts.h"
#include "hir/train/training_sample.h"

namespace hir {

// Returns the advantages of the response tokens of `mine` (included rows only), row after row,
// float64 [tokens], by objective.advantage. `facts`: of all rows of the batch. `old_logp`,
// `ref_logp`: of the same tokens; `ref_logp` may be undefined if kl_coef is 0. Collective. Errors:
// those of RewardToGo() and of the group.
absl::StatusOr<at::Tensor> ComputeAdvantages(absl::Span<const TrainingSample> mine,
                                             absl::Span<const RowFacts> facts,
                                             const at::Tensor& old_logp, const at::Tensor& ref_logp,
                                             const ObjectiveConfig& options, ProcessGroup& group);

// Permutes the advantages of all included rows of the batch at random, token by token: a control
// experiment that keeps their distribution and removes their meaning. The permutation depends only
// on `seed` and `step`, not on the number of ranks. Collective.
absl::StatusOr<at::Tensor> ShuffleAdvantages(absl::Span<const TrainingSample> mine,
                                             const at::Tensor& advantages,
                                             absl::Span<const RowFacts> facts, uint64_t seed,
                                             int64_t step, ProcessGroup& group);

}  // namespace hir

#endif  // HIR_TRAIN_ADVANTAGES_H_
