// How the losses of tokens become the loss of an update: sum(weight * loss) / divisor, where the
// sum is over all micro-batches and processes.
//
// Sources: DAPO, arXiv:2503.14476, section 3.3 (kTokenMean); DeepSeekMath, arXiv:2402.03300,
// equation 3 (kSeqMeanTokenMean); Dr. GRPO, arXiv:2503.20783 (kSeqMeanTokenSumNorm);
// kSeqMeanTokenSum is REINFORCE's sum over a response. The names are those of verl's agg_loss().
// Pure; thread-safe.
#ifndef HIR_OBJECTIVE_AGGREGATION_H_
#define HIR_OBJECTIVE_AGGREGATION_H_

#include <torch/torch.h>

#include <cstdint>

#include "hir/config/choices.h"

namespace hir {

// The size of an update, over all micro-batches and processes.
struct UpdateSize {
  int64_t tokens = 0;
  int64_t rows = 0;                 // With at least one token each.
  int64_t max_response_tokens = 0;  // The most tokens that a row may have.
};

// What the sum of weighted losses is divided by.
double AggregationDivisor(LossAggregation aggregation, const UpdateSize& size);

// The weight of each token, float64 [tokens]; undefined where all are 1. `lengths`: the number of
// tokens of each row, int64 [rows].
at::Tensor AggregationWeights(LossAggregation aggregation, const at::Tensor& lengths);

}  // namespace hir

#endif  // HIR_OBJECTIVE_AGGREGATION_H_
