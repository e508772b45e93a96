// Estimates of the KL divergence of a policy to a reference from tokens that were drawn.
//
// Source: J. Schulman, Approximating KL Divergence (2020), joschu.net/blog/kl-approx.html, with
// r = pi_ref / pi of a token: k1 = -log r, k2 = (log r)^2 / 2, k3 = r - 1 - log r. Pure;
// thread-safe.
#ifndef HIR_OBJECTIVE_KL_H_
#define HIR_OBJECTIVE_KL_H_

#include <torch/torch.h>

#include "hir/config/choices.h"

namespace hir {

// Returns the estimate of each token, nats, of the type of `policy_logp`, in which it is
// differentiable. `policy_logp`, `reference_logp`: nats, [tokens]. For k3, log r is clamped to
// kMaxLogRatio (policy_loss.h) either way.
//
// Throws c10::Error when the shapes differ.
at::Tensor EstimateKl(const at::Tensor& policy_logp, const at::Tensor& reference_logp,
                      KlEstimator estimator);

}  // namespace hir

#endif  // HIR_OBJECTIVE_KL_H_
