// Rewards of tokens and the returns computed from them.
//
// Source: REINFORCE++, arXiv:2501.03262, with an estimate of the KL divergence to a reference
// policy (kl.h) inside the reward. Pure tensor functions: no I/O, state or randomness; thread-safe.
//
// Rows of a batch are concatenated in flat tensors of shape [tokens]; `lengths` has the number of
// response tokens of each row. Rows that are not trained on are left out.
#ifndef HIR_OBJECTIVE_RETURNS_H_
#define HIR_OBJECTIVE_RETURNS_H_

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/choices.h"

namespace hir {

// Constants of the returns.
struct ReturnOptions {
  double kl_coef = 0;  // beta; 0 ignores the reference.
  KlEstimator kl_estimator = KlEstimator::kK1;
  double gamma = 1;  // Discount per token.
};

// Returns the reward-to-go of every token, float64 [tokens]: the row's reward arrives at its last
// token, and each token pays kl_coef * EstimateKl(old_logp, ref_logp).
//
// `old_logp`, `ref_logp`: any float type, [tokens]; `ref_logp` may be undefined when kl_coef is 0.
// INVALID_ARGUMENT: shapes that don't fit `lengths` and `rewards`, a row without tokens.
absl::StatusOr<at::Tensor> RewardToGo(const at::Tensor& old_logp, const at::Tensor& ref_logp,
                                      const std::vector<int64_t>& lengths,
                                      const std::vector<double>& rewards,
                                      const ReturnOptions& options);

}  // namespace hir

#endif  // HIR_OBJECTIVE_RETURNS_H_
