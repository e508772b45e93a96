// Sums over the tokens of a step, added up over ranks and turned into the metrics of a step.
#ifndef HIR_TRAIN_STEP_STATISTICS_H_
#define HIR_TRAIN_STEP_STATISTICS_H_

#include <torch/torch.h>

#include "absl/status/status.h"
#include "hir/collective/process_group.h"
#include "hir/metrics/step_metrics.h"
#include "hir/objective/policy_loss.h"

namespace hir {

// Not thread-safe.
class StepStatistics {
 public:
  // Adds the tokens of one micro-batch. All tensors are [tokens]; `replayed` is bool.
  void AddLoss(const PolicyLoss& loss, const at::Tensor& new_logp, const at::Tensor& old_logp,
               const at::Tensor& replayed);
  // Adds the difference between what the learner and the rollout worker compute for the same tokens
  // and weights; [tokens], nats.
  void AddMismatch(const at::Tensor& learner_logp, const at::Tensor& rollout_logp);
  // Adds distances to the reference: old - reference of original rows, [tokens].
  void AddReferenceKl(const at::Tensor& log_ratio);
  // Adds this rank's advantages [tokens].
  void AddAdvantages(const at::Tensor& advantages);

  // Adds up over all ranks and writes the metrics; those of tokens that don't exist stay unset.
  // Collective. Errors: those of the group.
  absl::Status Finish(ProcessGroup& group, StepMetrics& metrics);

 private:
  // Added up over ranks. One of each pair for originals [0] and replayed [1].
  struct Sums {
    double tokens[2] = {}, loss = 0, clipped[2] = {}, ratio[2] = {}, kl[2] = {};
    double dual_clipped = 0;
    double mismatch_tokens = 0, mismatch_probs = 0, mismatch_squares = 0, mismatch_nats = 0;
    double reference_tokens = 0, reference_kl = 0;
    double advantage_tokens = 0, advantages = 0;
  };
  // The largest over ranks is taken.
  struct Maxima {
    double mismatch = 0, advantage = -1e300, minus_advantage = -1e300;
  };

  Sums sums_;
  Maxima maxima_;
};

}  // namespace hir

#endif  // HIR_TRAIN_STEP_STATISTICS_H_
