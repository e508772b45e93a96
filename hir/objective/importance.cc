#include "hir/objective/importance.h"

#include <cmath>

#include "hir/objective/rows.h"

namespace hir {

ImportanceWeights TruncatedImportanceWeights(const at::Tensor& learner_logp,
                                             const at::Tensor& rollout_logp, double cap,
                                             const at::Tensor& lengths) {
  TORCH_CHECK(learner_logp.sizes() == rollout_logp.sizes(),
              "importance weights: learner_logp and rollout_logp must have one shape");
  const at::Tensor learner = learner_logp.detach();
  at::Tensor log_ratio = learner - rollout_logp.detach().to(learner.options());
  if (lengths.defined()) log_ratio = RowSums(log_ratio, lengths);
  // Capped before exp, which could overflow.
  const double most = std::log(cap);
  return {.weights = log_ratio.clamp_max(most).exp(), .capped = log_ratio > most};
}

}  // namespace hir
