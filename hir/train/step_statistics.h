// Sums over the tokens of a step, from which the step's metrics over all ranks are computed.
#ifndef HIR_TRAIN_STEP_STATISTICS_H_
#define HIR_TRAIN_STEP_STATISTICS_H_

#include <torch/torch.h>

#include "absl/status/status.h"
#include "hir/collective/process_group.h"
#include "hir/metrics/step_metrics.h"
#include "hir/objective/importance.h"
#include "hir/objective/update_loss.h"

namespace hir {

// Not thread-safe.
class StepStatistics {
 public:
  // Adds an update whose loss, summed over all ranks, is divided by `divisor`.
  void AddUpdate(double divisor) { divisors_ += divisor; }
  // Adds the tokens of one micro-batch. All tensors are [tokens]; `replayed` is bool.
  void AddLoss(const UpdateLoss& loss, const at::Tensor& new_logp, const at::Tensor& old_logp,
               const at::Tensor& replayed);
  // Adds the differences between the log-probabilities that learner and rollout worker computed for
  // the same tokens; [tokens], nats.
  void AddMismatch(const at::Tensor& learner_logp, const at::Tensor& rollout_logp);
  // Adds the importance weights of this rank's tokens.
  void AddImportance(const ImportanceWeights& importance);
  // Adds distances to the reference: old - reference log-probabilities of original rows, [tokens].
  void AddReferenceKl(const at::Tensor& log_ratio);
  // Adds this rank's advantages [tokens].
  void AddAdvantages(const at::Tensor& advantages);

  // Sums over all ranks and writes the metrics; those without tokens stay unset. Collective.
  // Errors: those of the group.
  absl::Status Finish(ProcessGroup& group, StepMetrics& metrics);

 private:
  // Values that are summed over ranks. Pairs are for originals [0] and replayed rows [1].
  struct Sums {
    double tokens[2] = {}, loss = 0, clipped[2] = {}, ratio[2] = {}, kl[2] = {};
    double dual_clipped = 0, kl_loss = 0;
    double kl_tokens = 0;  // In kl_loss.
    double mismatch_tokens = 0, mismatch_probs = 0, mismatch_squares = 0, mismatch_nats = 0;
    double mismatch_ratio = 0;
    double importance_tokens = 0, importance_capped = 0;
    double reference_tokens = 0, reference_kl = 0;
    double advantage_tokens = 0, advantages = 0;
  };
  // Values of which the maximum over ranks is taken.
  struct Maxima {
    double mismatch_probs = 0, mismatch_nats = 0, advantage = -1e300, minus_advantage = -1e300;
  };

  Sums sums_;
  Maxima maxima_;
  double divisors_ = 0;  // Of all ranks already.
};

}  // namespace hir

#endif  // HIR_TRAIN_STEP_STATISTICS_H_
