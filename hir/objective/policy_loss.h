// The clipped policy-gradient loss of a batch of tokens, as a sum.
//
// Sources: PPO, arXiv:1707.06347 (clipping); dual clip, arXiv:1912.09729. Sums, not means: the
// trainer adds the sums of all micro-batches and processes and divides once by the number of tokens
// of the whole update. Pure; thread-safe.
#ifndef HIR_OBJECTIVE_POLICY_LOSS_H_
#define HIR_OBJECTIVE_POLICY_LOSS_H_

#include <torch/torch.h>

namespace hir {

// Bounds of the clipped loss.
struct PolicyLossOptions {
  double clip_ratio_low;  // The ratio is clipped to [1 - low, 1 + high].
  double clip_ratio_high;
  double dual_clip;  // c > 1: for a negative advantage the loss is at most -c * A.
                     // 0 = no bound.
};

inline constexpr double kMaxLogRatio = 20;  // |new - old| is clamped to it before exp.

// The loss of a batch of tokens, and what it did to each.
struct PolicyLoss {
  at::Tensor sum;           // Scalar of new_logp's type, differentiable in new_logp.
  at::Tensor ratio;         // [tokens], pi_new / pi_old after the clamp; detached.
  at::Tensor clipped;       // bool [tokens]: the clipped term is strictly larger; detached.
  at::Tensor dual_clipped;  // bool [tokens]: the bound of dual_clip applies; detached.
};

// Returns the loss of tokens with log-probabilities `new_logp` [tokens] (the differentiated ones),
// `old_logp` [tokens], `advantages` [tokens] and `importance_weights` [tokens] (importance.h;
// undefined: 1 each), which multiply each token's loss after all clipping; all but new_logp are
// constants, converted to its type.
//
// Throws c10::Error when the shapes differ.
PolicyLoss ComputePolicyLoss(const at::Tensor& new_logp, const at::Tensor& old_logp,
                             const at::Tensor& advantages, const PolicyLossOptions& options,
                             const at::Tensor& importance_weights = {});

}  // namespace hir

#endif  // HIR_OBJECTIVE_POLICY_LOSS_H_
