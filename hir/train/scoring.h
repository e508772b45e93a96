// Log-probabilities of responses under a policy, with shared prompts.
#ifndef HIR_TRAIN_SCORING_H_
#define HIR_TRAIN_SCORING_H_

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/model/forward.h"
#include "hir/model/log_probs.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/train/micro_batches.h"

namespace hir {

// A model to score with. Borrows both members, which must outlive it.
struct ScoredModel {
  const Architecture& architecture;
  const ModelWeights& weights;
};

// Returns the temperature-scaled log-probabilities [tokens] float32 of the response tokens of
// `batch`, in the order of batch.Rows(). Differentiable in the weights. INVALID_ARGUMENT: a token
// outside the vocabulary, a sequence longer than the model's context.
absl::StatusOr<at::Tensor> MicroBatchLogProbs(const ScoredModel& model,
                                              absl::Span<const Sequence> sequences,
                                              const MicroBatch& batch, double temperature,
                                              const ForwardOptions& options);

// MicroBatchLogProbs() with the entropy of the distribution of each token.
absl::StatusOr<TokenScores> MicroBatchScores(const ScoredModel& model,
                                             absl::Span<const Sequence> sequences,
                                             const MicroBatch& batch, double temperature,
                                             const ForwardOptions& options);

// Returns the log-probabilities [tokens] float32 on the CPU of all responses, in the order of
// `sequences`; no gradient. At most `max_tokens` distinct tokens are computed at a time.
// Errors: those of MicroBatchLogProbs().
absl::StatusOr<at::Tensor> ScoreSequences(const ScoredModel& model,
                                          absl::Span<const Sequence> sequences, double temperature,
                                          int64_t max_tokens);

// The offset of each sequence's response in a flat tensor of all responses, followed by the total
// number of tokens.
std::vector<int64_t> ResponseOffsets(absl::Span<const Sequence> sequences);

// The elements of `flat` (in the order of ScoreSequences()) that belong to `batch`, in its order.
at::Tensor SelectRows(const at::Tensor& flat, const std::vector<int64_t>& offsets,
                      const MicroBatch& batch);

}  // namespace hir

#endif  // HIR_TRAIN_SCORING_H_
