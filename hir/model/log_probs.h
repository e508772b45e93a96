// Log-probabilities of given tokens, and entropies, under softmax(hidden @ head^T / temperature), a
// few rows at a time, so that the matrix of all logits is never held.
#ifndef HIR_MODEL_LOG_PROBS_H_
#define HIR_MODEL_LOG_PROBS_H_

#include <ATen/ATen.h>

#include <cstdint>

namespace hir {

inline constexpr int64_t kLogProbChunkRows = 1024;

// Returns the log-probability of `targets` [N] int64 for `hidden` [N, H] and `head` [V, H] (one
// type), [N] in float32 (float64 for float64 inputs). Differentiable with respect to `hidden` and
// `head`; the backward pass recomputes the logits unless they are few. Holds [chunk_rows, V] logits
// at a time. REQUIRES: temperature > 0, chunk_rows > 0.
at::Tensor TokenLogProbs(const at::Tensor& hidden, const at::Tensor& head,
                         const at::Tensor& targets, double temperature,
                         int64_t chunk_rows = kLogProbChunkRows);

// Of each token, float32 (float64 for float64 inputs), [N].
struct TokenScores {
  at::Tensor log_probs;  // Of the target.
  at::Tensor entropies;  // Of the softmax that the target was drawn from; nats.
};

// TokenLogProbs() with the entropies, which are differentiable too; they cost about four more
// passes over [chunk_rows, V] values, forward and backward each.
TokenScores TokenLogProbsAndEntropies(const at::Tensor& hidden, const at::Tensor& head,
                                      const at::Tensor& targets, double temperature,
                                      int64_t chunk_rows = kLogProbChunkRows);

}  // namespace hir

#endif  // HIR_MODEL_LOG_PROBS_H_
