// The log-probabilities that a step's updates are measured against: old ones and the reference's.
//
// Flat tensors are float32 [tokens] on the CPU, nats: the response tokens of all samples in order.
#ifndef HIR_TRAIN_STEP_LOG_PROBS_H_
#define HIR_TRAIN_STEP_LOG_PROBS_H_

#include <torch/torch.h>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/config/run_config.h"
#include "hir/train/scoring.h"
#include "hir/train/training_sample.h"

namespace hir {

// Old log-probabilities and their parts.
struct OldLogProbs {
  at::Tensor old;      // pi_old of ratio and penalty.
  at::Tensor rollout;  // As the workers recorded them, under the prompts of the draws.
  // By the learner, under the same prompts. Undefined unless objective.old_logprobs_from is
  // learner.
  at::Tensor learner;
};

// Computes the old log-probabilities by objective.old_logprobs_from and hindsight.old_logprobs, in
// one pass over the responses that need one. `model` has the weights that the step begins with, so
// that a step which is trained again after a resume gets the same values. Errors: those of
// ScoreSequences().
absl::StatusOr<OldLogProbs> ComputeOldLogProbs(const ScoredModel& model,
                                               absl::Span<const TrainingSample> samples,
                                               const RunConfig& config);

// Returns the log-probabilities of `reference`: under the prompts that the old ones belong to, or,
// for a KL penalty in the loss, under those that are trained, since it compares two policies and
// not two prompts. Errors: those of ScoreSequences().
absl::StatusOr<at::Tensor> ReferenceLogProbs(const ScoredModel& reference,
                                             absl::Span<const TrainingSample> samples,
                                             const RunConfig& config);

// bool [tokens]: those of replayed samples.
at::Tensor ReplayedMask(absl::Span<const TrainingSample> samples);

// The sample's response under the prompt that it is trained under.
Sequence UnderTrainedPrompt(const TrainingSample& sample);

}  // namespace hir

#endif  // HIR_TRAIN_STEP_LOG_PROBS_H_
