// The policy-gradient loss of a batch of tokens, as a sum.
//
// Sources, with r = pi_new / pi_old and A the advantage of a token:
//   kPpo    max(-A r, -A clip(r, 1 - low, 1 + high)): PPO, arXiv:1707.06347, equation 7; different
//           bounds: DAPO, arXiv:2503.14476, section 3.1; dual clip: arXiv:1912.09729.
//   kGspo   the same with r = exp(mean over the row of log pi_new / pi_old); its gradient is taken
//           token by token: GSPO, arXiv:2507.18071, equation 13 (for one advantage per row it is
//           that of equation 5).
//   kCispo  -sg(clip(r, 1 - low, 1 + high)) A log pi_new, sg: a constant; MiniMax-M1,
//           arXiv:2506.13585, equation 4.
// Sums, not means: the trainer adds the sums of all micro-batches and processes and divides once
// (aggregation.h). Pure; thread-safe.
#ifndef HIR_OBJECTIVE_POLICY_LOSS_H_
#define HIR_OBJECTIVE_POLICY_LOSS_H_

#include <torch/torch.h>

#include "hir/config/choices.h"

namespace hir {

// The loss and its bounds.
struct PolicyLossOptions {
  PolicyLossKind kind = PolicyLossKind::kPpo;
  double clip_ratio_low;  // The ratio is clipped to [1 - low, 1 + high].
  double clip_ratio_high;
  double dual_clip;  // c > 1: for a negative advantage the loss is at most -c * A.
                     // 0 = no bound. kCispo has none.
};

inline constexpr double kMaxLogRatio = 20;  // |new - old| is clamped to it before exp.

// The loss of a batch of tokens, and what it did to each.
struct PolicyLoss {
  at::Tensor sum;           // Scalar of new_logp's type, differentiable in new_logp.
  at::Tensor ratio;         // [tokens], r after the clamp; detached.
  at::Tensor clipped;       // bool [tokens]: the clipped term is strictly larger (kCispo: the
                            // clipped ratio differs); detached.
  at::Tensor dual_clipped;  // bool [tokens]: the bound of dual_clip applies; detached.
};

// Returns the loss of tokens with log-probabilities `new_logp` [tokens] (the differentiated ones),
// `old_logp` [tokens], `advantages` [tokens] and `weights` [tokens] (importance.h, aggregation.h;
// undefined: 1 each), which multiply each token's loss after all clipping; all but new_logp are
// constants, converted to its type. `lengths`: the number of tokens of each row, int64 [rows] on
// the device of new_logp; only kGspo reads it.
//
// Throws c10::Error when the shapes differ.
PolicyLoss ComputePolicyLoss(const at::Tensor& new_logp, const at::Tensor& old_logp,
                             const at::Tensor& advantages, const PolicyLossOptions& options,
                             const at::Tensor& weights = {}, const at::Tensor& lengths = {});

}  // namespace hir

#endif  // HIR_OBJECTIVE_POLICY_LOSS_H_
