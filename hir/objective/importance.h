// Truncated importance sampling: corrects for tokens that were drawn by a policy other than the one
// that the learner measures its ratio against.
//
// Rollout engine and learner give the same token under the same weights different probabilities,
// since their kernels round differently; the weights differ too where a response is stale. A
// token's loss is multiplied by
//
//   w = min(pi_learner / pi_rollout, cap)
//
// with the probabilities that the learner, with the weights its step begins with, and the engine,
// when it drew the token, gave it under the prompt that it was drawn with. They are those of the
// token or, for weights of whole responses, the products over the tokens of its row: the exact
// weight of a response, with a variance that grows with its length. The cap bounds the variance of
// w; it leaves ratios below 1 alone.
//
// Sources: F. Yao et al., "On the Rollout-Training Mismatch in Modern RL Systems" (2025,
// openreview.net/forum?id=xsonlP8DRV), where w multiplies PPO's clipped term per token; the
// truncation from above is that of V-trace's rho, L. Espeholt et al., IMPALA, arXiv:1802.01561,
// section 4.1. Pure; thread-safe.
#ifndef HIR_OBJECTIVE_IMPORTANCE_H_
#define HIR_OBJECTIVE_IMPORTANCE_H_

#include <torch/torch.h>

namespace hir {

// The weights of tokens. Constants of the loss: nothing is differentiated through them.
struct ImportanceWeights {
  at::Tensor weights;  // Of learner_logp's type, [tokens], in [0, cap].
  at::Tensor capped;   // bool [tokens]: the ratio is above the cap.
};

// Log-probabilities are nats, [tokens]. `lengths`: the number of tokens of each row, int64 [rows],
// for weights of whole rows; undefined: each token has its own. REQUIRES: cap > 0.
//
// Throws c10::Error when the shapes differ.
ImportanceWeights TruncatedImportanceWeights(const at::Tensor& learner_logp,
                                             const at::Tensor& rollout_logp, double cap,
                                             const at::Tensor& lengths = {});

}  // namespace hir

#endif  // HIR_OBJECTIVE_IMPORTANCE_H_
