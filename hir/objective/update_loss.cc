#include "hir/objective/update_loss.h"

#include "hir/objective/aggregation.h"
#include "hir/objective/kl.h"

namespace hir {
namespace {

// The product of two tensors of weights; an undefined one is 1 everywhere.
at::Tensor Product(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? a * b : a;
}

at::Tensor WeightedSum(const at::Tensor& values, const at::Tensor& weights) {
  return weights.defined() ? (values * weights.to(values.options())).sum() : values.sum();
}

}  // namespace

UpdateLoss ComputeUpdateLoss(const UpdateTokens& tokens, const ObjectiveConfig& objective) {
  const at::Tensor weights = AggregationWeights(objective.aggregation, tokens.lengths);
  UpdateLoss loss;
  loss.policy = ComputePolicyLoss(tokens.new_logp, tokens.old_logp, tokens.advantages,
                                  {.kind = objective.loss,
                                   .clip_ratio_low = objective.clip_ratio_low,
                                   .clip_ratio_high = objective.clip_ratio_high,
                                   .dual_clip = objective.dual_clip},
                                  Product(tokens.importance_weights, weights), tokens.lengths);
  loss.sum = loss.policy.sum;
  if (tokens.reference_logp.defined()) {
    loss.kl = WeightedSum(
        EstimateKl(tokens.new_logp, tokens.reference_logp, objective.kl_estimator), weights);
    loss.sum = loss.sum + objective.kl_coef * loss.kl;
  }
  if (tokens.entropies.defined()) {
    loss.sum = loss.sum - objective.entropy_coef * WeightedSum(tokens.entropies, weights);
  }
  return loss;
}

}  // namespace hir
