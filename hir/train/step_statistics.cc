#include "hir/train/step_statistics.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "hir/base/status_macros.h"
#include "hir/train/batch_facts.h"

namespace hir {
namespace {

double Sum(const at::Tensor& tensor) { return tensor.sum(at::kDouble).item<double>(); }

// A struct of doubles as a tensor that shares its memory.
template <typename Doubles>
at::Tensor AsTensor(Doubles& doubles) {
  static_assert(sizeof(Doubles) % sizeof(double) == 0);
  return at::from_blob(&doubles, {static_cast<int64_t>(sizeof(Doubles) / sizeof(double))},
                       at::kDouble);
}

// The group only adds, so each rank writes its own row of a table of zeros.
absl::Status MaximaOverRanks(at::Tensor values, ProcessGroup& group) {
  at::Tensor table = at::zeros({group.size(), values.numel()}, at::kDouble);
  table[group.rank()].copy_(values);
  HIR_RETURN_IF_ERROR(group.AllReduceSum(table, "largest values of the step", kCollectiveTimeout));
  values.copy_(std::get<0>(table.max(0)));
  return absl::OkStatus();
}

}  // namespace

void StepStatistics::AddLoss(const UpdateLoss& loss, const at::Tensor& new_logp,
                             const at::Tensor& old_logp, const at::Tensor& replayed) {
  const PolicyLoss& policy = loss.policy;
  sums_.loss += Sum(policy.sum.detach());
  sums_.dual_clipped += Sum(policy.dual_clipped);
  if (loss.kl.defined()) {
    sums_.kl_loss += Sum(loss.kl.detach());
    sums_.kl_tokens += static_cast<double>(new_logp.numel());
  }
  const at::Tensor kl = old_logp - new_logp.detach();
  for (int origin = 0; origin < 2; ++origin) {
    const at::Tensor mask = origin == 0 ? replayed.logical_not() : replayed;
    sums_.tokens[origin] += Sum(mask);
    sums_.clipped[origin] += Sum(policy.clipped.logical_and(mask));
    sums_.ratio[origin] += Sum(policy.ratio * mask);
    sums_.kl[origin] += Sum(kl * mask);
  }
}

void StepStatistics::AddMismatch(const at::Tensor& learner_logp, const at::Tensor& rollout_logp) {
  if (learner_logp.numel() == 0) return;
  const at::Tensor learner = learner_logp.detach().to(at::kDouble);
  const at::Tensor rollout = rollout_logp.to(at::kDouble);
  const at::Tensor difference = (learner.exp() - rollout.exp()).abs();
  const at::Tensor log_ratio = learner - rollout;
  sums_.mismatch_tokens += static_cast<double>(difference.numel());
  sums_.mismatch_probs += Sum(difference);
  sums_.mismatch_squares += Sum(difference.square());
  sums_.mismatch_nats += Sum(log_ratio.abs());
  // Clamped as the loss's ratio is, so that one token can't make the mean infinite.
  sums_.mismatch_ratio += Sum(log_ratio.clamp(-kMaxLogRatio, kMaxLogRatio).exp());
  maxima_.mismatch_probs = std::max(maxima_.mismatch_probs, difference.max().item<double>());
  maxima_.mismatch_nats = std::max(maxima_.mismatch_nats, log_ratio.abs().max().item<double>());
}

void StepStatistics::AddImportance(const ImportanceWeights& importance) {
  sums_.importance_tokens += static_cast<double>(importance.capped.numel());
  sums_.importance_capped += Sum(importance.capped);
}

void StepStatistics::AddReferenceKl(const at::Tensor& log_ratio) {
  sums_.reference_tokens += static_cast<double>(log_ratio.numel());
  sums_.reference_kl += Sum(log_ratio);
}

void StepStatistics::AddAdvantages(const at::Tensor& advantages) {
  if (advantages.numel() == 0) return;
  sums_.advantage_tokens += static_cast<double>(advantages.numel());
  sums_.advantages += Sum(advantages);
  maxima_.advantage = std::max(maxima_.advantage, advantages.max().item<double>());
  maxima_.minus_advantage = std::max(maxima_.minus_advantage, -advantages.min().item<double>());
}

absl::Status StepStatistics::Finish(ProcessGroup& group, StepMetrics& metrics) {
  at::Tensor sums = AsTensor(sums_);
  HIR_RETURN_IF_ERROR(group.AllReduceSum(sums, "statistics of the step", kCollectiveTimeout));
  HIR_RETURN_IF_ERROR(MaximaOverRanks(AsTensor(maxima_), group));

  const Sums& s = sums_;
  const auto put = [](std::optional<double>& metric, double sum, double count) {
    if (count > 0) metric = sum / count;
  };
  const double tokens = s.tokens[0] + s.tokens[1];
  put(metrics.actor_pg_loss, s.loss, divisors_);
  if (s.kl_tokens > 0) put(metrics.actor_kl_loss, s.kl_loss, divisors_);
  put(metrics.actor_pg_clipfrac, s.clipped[0] + s.clipped[1], tokens);
  put(metrics.actor_pg_clipfrac_original, s.clipped[0], s.tokens[0]);
  put(metrics.actor_pg_clipfrac_replayed, s.clipped[1], s.tokens[1]);
  put(metrics.actor_pg_clipfrac_lower, s.dual_clipped, tokens);
  put(metrics.actor_ppo_kl, s.kl[0] + s.kl[1], tokens);
  put(metrics.actor_ppo_kl_original, s.kl[0], s.tokens[0]);
  put(metrics.actor_ppo_kl_replayed, s.kl[1], s.tokens[1]);
  put(metrics.ratio_original_mean, s.ratio[0], s.tokens[0]);
  put(metrics.ratio_replayed_mean, s.ratio[1], s.tokens[1]);
  put(metrics.actor_importance_capfrac, s.importance_capped, s.importance_tokens);
  put(metrics.actor_kl, s.reference_kl, s.reference_tokens);
  put(metrics.critic_advantages_mean, s.advantages, s.advantage_tokens);
  if (s.advantage_tokens > 0) {
    metrics.critic_advantages_max = maxima_.advantage;
    metrics.critic_advantages_min = -maxima_.minus_advantage;
  }
  if (s.mismatch_tokens > 0) {
    const double mean = s.mismatch_probs / s.mismatch_tokens;
    metrics.training_rollout_probs_diff_mean = mean;
    metrics.training_rollout_probs_diff_max = maxima_.mismatch_probs;
    metrics.training_rollout_probs_diff_std =
        std::sqrt(std::max(0.0, s.mismatch_squares / s.mismatch_tokens - mean * mean));
    metrics.training_rollout_logprobs_abs_diff_mean = s.mismatch_nats / s.mismatch_tokens;
    metrics.training_rollout_logprobs_abs_diff_max = maxima_.mismatch_nats;
    metrics.training_rollout_ratio_mean = s.mismatch_ratio / s.mismatch_tokens;
  }
  return absl::OkStatus();
}

}  // namespace hir
