// What one learner step measured, and the one table of the metrics' names.
//
// Names and units are those of metrics.jsonl and of the learner's reports; they follow verl and TRL
// where those have one. A field has the name of its metric, with _ for /. docs/metrics.md shows the
// table.
#ifndef HIR_METRICS_STEP_METRICS_H_
#define HIR_METRICS_STEP_METRICS_H_

#include <map>
#include <optional>
#include <string>

namespace hir {

// Unset = the step had nothing to measure, e.g. no replayed rows, or all of its updates skipped.
struct StepMetrics {
  std::optional<double> reward_density;
  std::optional<double> critic_score_mean;
  std::optional<double> critic_score_max;
  std::optional<double> critic_score_min;
  std::optional<double> reward_std;
  std::optional<double> frac_reward_zero_std;
  std::optional<double> reward_unknown;
  std::optional<double> reward_reasoning_unended;
  std::optional<double> constraint_accuracy;

  std::optional<double> hindsight_eligible;
  std::optional<double> hindsight_replayed;
  std::optional<double> hindsight_shortfall;
  std::optional<double> hindsight_lambda;
  std::optional<double> hindsight_score_mean;
  std::optional<double> hindsight_constraints_removed_mean;
  std::optional<double> rollout_left_out_groups;
  std::optional<double> rollout_left_out_tokens;
  std::optional<double> response_length_mean;
  std::optional<double> response_length_max;
  std::optional<double> response_length_min;
  std::optional<double> response_length_clip_ratio;

  std::optional<double> actor_entropy;
  std::optional<double> actor_pg_loss;
  std::optional<double> actor_pg_clipfrac;
  std::optional<double> actor_pg_clipfrac_original;
  std::optional<double> actor_pg_clipfrac_replayed;
  std::optional<double> actor_pg_clipfrac_lower;
  std::optional<double> actor_importance_capfrac;
  std::optional<double> actor_ppo_kl;
  std::optional<double> actor_ppo_kl_original;
  std::optional<double> actor_ppo_kl_replayed;
  std::optional<double> actor_kl;
  std::optional<double> actor_grad_norm;
  std::optional<double> actor_kl_loss;
  std::optional<double> actor_kl_coef;
  std::optional<double> actor_lr;
  std::optional<double> ratio_original_mean;
  std::optional<double> ratio_replayed_mean;
  std::optional<double> critic_advantages_mean;
  std::optional<double> critic_advantages_max;
  std::optional<double> critic_advantages_min;

  std::optional<double> training_rollout_probs_diff_mean;
  std::optional<double> training_rollout_probs_diff_max;
  std::optional<double> training_rollout_probs_diff_std;
  std::optional<double> training_rollout_logprobs_abs_diff_mean;
  std::optional<double> training_rollout_logprobs_abs_diff_max;
  std::optional<double> training_rollout_ratio_mean;
  std::optional<double> training_updates;
  std::optional<double> training_skipped_updates;
  std::optional<double> training_abandoned_tasks;
  std::optional<double> training_collapse_signs;
  std::optional<double> training_skipped_step;
  std::optional<double> training_off_policy_staleness_max;

  std::optional<double> timing_s_gen;
  std::optional<double> timing_s_old_log_prob;
  std::optional<double> timing_s_ref;
  std::optional<double> timing_s_adv;
  std::optional<double> timing_s_update_actor;
  std::optional<double> timing_s_all_reduce;
  std::optional<double> timing_s_train;
  std::optional<double> timing_s_param_sync;
  std::optional<double> timing_s_save_checkpoint;
  std::optional<double> timing_s_step;
  std::optional<double> perf_total_num_tokens;
  std::optional<double> perf_throughput;
  std::optional<double> perf_trained_tokens;
  std::optional<double> perf_train_throughput;
  std::optional<double> perf_max_memory_allocated_gb;
};

// A row of the table.
struct MetricInfo {
  const char* name;
  const char* unit;  // Empty: no unit.
  const char* help;  // Markdown.
};

namespace internal {

template <typename Metrics, typename Visitor>
void VisitRewardsMetrics(Metrics& m, Visitor& visit) {
  visit(m.reward_density,
        MetricInfo{"reward_density", "", "mean ILA of originals whose ILA is known"});
  visit(m.critic_score_mean,
        MetricInfo{"critic/score/mean", "",
                   "mean known reward of originals, as `objective.reward` decides it; with `ila` "
                   "the same as `reward_density`"});
  visit(m.critic_score_max,
        MetricInfo{"critic/score/max", "", "largest known reward of an original"});
  visit(m.critic_score_min,
        MetricInfo{"critic/score/min", "", "smallest known reward of an original"});
  visit(m.reward_std,
        MetricInfo{"reward_std", "", "standard deviation of the known rewards of originals"});
  visit(m.frac_reward_zero_std,
        MetricInfo{"frac_reward_zero_std", "", "share of groups whose rewards are all equal"});
  visit(m.reward_unknown, MetricInfo{"reward/unknown", "", "originals without a decided reward"});
  visit(m.reward_reasoning_unended, MetricInfo{"reward/reasoning_unended", "",
                                               "originals whose reasoning never ended "
                                               "(`model.reasoning_end`), judged as empty answers"});
  visit(m.constraint_accuracy, MetricInfo{"constraint_accuracy", "", "mean CLA of originals"});
}

template <typename Metrics, typename Visitor>
void VisitSelectionMetrics(Metrics& m, Visitor& visit) {
  visit(m.hindsight_eligible, MetricInfo{"hindsight/eligible", "", "failures with 0 < CLA < 1"});
  visit(m.hindsight_replayed, MetricInfo{"hindsight/replayed", "", "rows replayed"});
  visit(m.hindsight_shortfall, MetricInfo{"hindsight/shortfall", "", "K minus the rows replayed"});
  visit(m.hindsight_lambda,
        MetricInfo{"hindsight/lambda", "", "weight of integrity in the selection"});
  visit(m.hindsight_score_mean,
        MetricInfo{"hindsight/score_mean", "", "mean score of the replayed"});
  visit(m.hindsight_constraints_removed_mean,
        MetricInfo{"hindsight/constraints_removed_mean", "",
                   "mean number of constraints that the replayed lost"});
  visit(m.rollout_left_out_groups,
        MetricInfo{"rollout/left_out_groups", "",
                   "groups that were generated and are not in the batch, since they teach nothing "
                   "(`rollout.max_resampled_groups`)"});
  visit(m.rollout_left_out_tokens,
        MetricInfo{"rollout/left_out_tokens", "tokens",
                   "response tokens of these groups, which nothing else counts"});
  visit(m.response_length_mean,
        MetricInfo{"response_length/mean", "tokens", "mean length of originals"});
  visit(m.response_length_max, MetricInfo{"response_length/max", "tokens", "longest original"});
  visit(m.response_length_min, MetricInfo{"response_length/min", "tokens", "shortest original"});
  visit(m.response_length_clip_ratio,
        MetricInfo{"response_length/clip_ratio", "", "share of originals cut at the length limit"});
}

template <typename Metrics, typename Visitor>
void VisitPolicyMetrics(Metrics& m, Visitor& visit) {
  visit(m.actor_entropy,
        MetricInfo{"actor/entropy", "nats",
                   "mean entropy of a response token under the rollout policy, from "
                   "`hindsight.entropy_source`"});
  visit(m.actor_pg_loss,
        MetricInfo{"actor/pg_loss", "",
                   "loss per token, or as `objective.aggregation` divides it, over the step's "
                   "updates"});
  visit(m.actor_pg_clipfrac,
        MetricInfo{"actor/pg_clipfrac", "", "share of tokens whose clipped term is larger"});
  visit(m.actor_pg_clipfrac_original,
        MetricInfo{"actor/pg_clipfrac_original", "", "the same share of original rows' tokens"});
  visit(m.actor_pg_clipfrac_replayed,
        MetricInfo{"actor/pg_clipfrac_replayed", "", "the same share of replayed rows' tokens"});
  visit(m.actor_pg_clipfrac_lower,
        MetricInfo{"actor/pg_clipfrac_lower", "", "share of tokens whose loss `dual_clip` bounds"});
  visit(m.actor_importance_capfrac,
        MetricInfo{"actor/importance_capfrac", "",
                   "share of tokens whose importance weight `importance_cap` bounds; needs "
                   "`importance_cap` > 0"});
  visit(m.actor_ppo_kl, MetricInfo{"actor/ppo_kl", "nats", "mean of log π_old − log π"});
  visit(m.actor_ppo_kl_original, MetricInfo{"actor/ppo_kl_original", "nats",
                                            "mean of log π_old − log π over original rows"});
  visit(m.actor_ppo_kl_replayed, MetricInfo{"actor/ppo_kl_replayed", "nats",
                                            "mean of log π_old − log π over replayed rows"});
  visit(m.actor_kl,
        MetricInfo{"actor/kl", "nats",
                   "mean of log π_old − log π_ref over original rows; needs `kl_coef` > 0"});
  visit(m.actor_kl_loss,
        MetricInfo{"actor/kl_loss", "nats",
                   "the KL penalty of the loss, before its weight, divided like `actor/pg_loss`; "
                   "needs `kl_in: loss`"});
  visit(m.actor_grad_norm, MetricInfo{"actor/grad_norm", "",
                                      "norm of the gradient before clipping, mean over updates"});
  visit(m.actor_kl_coef, MetricInfo{"actor/kl_coef", "", "weight of the KL term"});
  visit(m.actor_lr,
        MetricInfo{"actor/lr", "", "learning rate of the step's updates (`optimizer.schedule`)"});
  visit(m.ratio_original_mean,
        MetricInfo{"ratio/original_mean", "", "mean of π / π_old over original rows"});
  visit(m.ratio_replayed_mean,
        MetricInfo{"ratio/replayed_mean", "", "mean of π / π_old over replayed rows"});
  visit(m.critic_advantages_mean,
        MetricInfo{"critic/advantages/mean", "", "mean advantage of a token"});
  visit(m.critic_advantages_max,
        MetricInfo{"critic/advantages/max", "", "largest advantage of a token"});
  visit(m.critic_advantages_min,
        MetricInfo{"critic/advantages/min", "", "smallest advantage of a token"});
}

template <typename Metrics, typename Visitor>
void VisitTrainingMetrics(Metrics& m, Visitor& visit) {
  visit(m.training_rollout_probs_diff_mean,
        MetricInfo{"training/rollout_probs_diff_mean", "",
                   "mean difference between the probabilities that learner and rollout worker give "
                   "the sampled tokens, original rows of the first update, before it changes the "
                   "weights (of the whole batch where all updates are skipped, and with "
                   "`old_logprobs_from: learner`)"});
  visit(m.training_rollout_probs_diff_max,
        MetricInfo{"training/rollout_probs_diff_max", "", "the largest such difference"});
  visit(m.training_rollout_probs_diff_std, MetricInfo{"training/rollout_probs_diff_std", "",
                                                      "standard deviation of such differences"});
  visit(m.training_rollout_logprobs_abs_diff_mean,
        MetricInfo{"training/rollout_logprobs_abs_diff_mean", "nats",
                   "mean difference between the log-probabilities that the two give them"});
  visit(m.training_rollout_logprobs_abs_diff_max,
        MetricInfo{"training/rollout_logprobs_abs_diff_max", "nats",
                   "the largest difference between these log-probabilities"});
  visit(m.training_rollout_ratio_mean,
        MetricInfo{"training/rollout_ratio_mean", "",
                   "mean of π_learner / π_rollout of the same tokens, before any cap; near 1 where "
                   "the two agree"});
  visit(m.training_updates, MetricInfo{"training/updates", "", "optimizer updates made"});
  visit(m.training_skipped_updates,
        MetricInfo{"training/skipped_updates", "",
                   "optimizer updates left out, since all of their rewards are equal"});
  visit(m.training_abandoned_tasks,
        MetricInfo{"training/abandoned_tasks", "", "tasks the step froze without"});
  visit(m.training_collapse_signs,
        MetricInfo{"training/collapse_signs", "",
                   "how many of these the step shows: mean entropy at most 5 % of the first step's "
                   "or at least 4 times it; `actor/ppo_kl` of 0.5 nats or more, either way. `hir "
                   "train` prints a warning when one begins"});
  visit(
      m.training_skipped_step,
      MetricInfo{"training/skipped_step", "",
                 "1 where the operator had the step skipped (`--skip-step`): nothing was trained"});
  visit(m.training_off_policy_staleness_max,
        MetricInfo{"training/off_policy/staleness_max", "versions",
                   "by how many the oldest token lags"});
}

template <typename Metrics, typename Visitor>
void VisitSpeedMetrics(Metrics& m, Visitor& visit) {
  visit(m.timing_s_gen,
        MetricInfo{"timing_s/gen", "s",
                   "waiting for the batch: generation and scoring, as the learner sees it"});
  visit(m.timing_s_old_log_prob,
        MetricInfo{"timing_s/old_log_prob", "s",
                   "of training: old log-probabilities: none are computed unless "
                   "`hindsight.old_logprobs` is `rewritten` or `old_logprobs_from` is `learner`"});
  visit(m.timing_s_ref,
        MetricInfo{"timing_s/ref", "s", "of training: log-probabilities of the reference"});
  visit(m.timing_s_adv, MetricInfo{"timing_s/adv", "s", "of training: advantages"});
  visit(m.timing_s_update_actor,
        MetricInfo{"timing_s/update_actor", "s", "of training: gradients and updates"});
  visit(m.timing_s_all_reduce, MetricInfo{"timing_s/all_reduce", "s",
                                          "of `timing_s/update_actor`: summing the gradients over "
                                          "the ranks, their wait for each other included"});
  visit(m.timing_s_train, MetricInfo{"timing_s/train", "s", "training in all"});
  visit(m.timing_s_param_sync,
        MetricInfo{"timing_s/param_sync", "s", "packing and announcing weights"});
  visit(m.timing_s_save_checkpoint,
        MetricInfo{"timing_s/save_checkpoint", "s",
                   "the checkpoint written since the line before (a line is written before its own "
                   "step's checkpoint)"});
  visit(m.timing_s_step,
        MetricInfo{"timing_s/step", "s", "whole step, `timing_s/save_checkpoint` included"});
  visit(m.perf_total_num_tokens,
        MetricInfo{"perf/total_num_tokens", "tokens",
                   "prompt (once a group) and response tokens of originals"});
  visit(m.perf_throughput,
        MetricInfo{"perf/throughput", "tokens/s",
                   "`perf/total_num_tokens` per second of the whole step and per rank"});
  visit(m.perf_trained_tokens,
        MetricInfo{"perf/trained_tokens", "tokens", "response tokens trained, replayed ones too"});
  visit(m.perf_train_throughput,
        MetricInfo{"perf/train_throughput", "tokens/s",
                   "`perf/trained_tokens` per second of training and per rank"});
  visit(m.perf_max_memory_allocated_gb, MetricInfo{"perf/max_memory_allocated_gb", "GB",
                                                   "peak resident memory of rank 0's process"});
}

}  // namespace internal

// Calls visit(field, MetricInfo) for every metric in the order of docs/metrics.md. `metrics` may be
// const.
template <typename Metrics, typename Visitor>
void VisitMetrics(Metrics& metrics, Visitor&& visit) {
  internal::VisitRewardsMetrics(metrics, visit);
  internal::VisitSelectionMetrics(metrics, visit);
  internal::VisitPolicyMetrics(metrics, visit);
  internal::VisitTrainingMetrics(metrics, visit);
  internal::VisitSpeedMetrics(metrics, visit);
}

// The measured values by name; unset ones are left out.
std::map<std::string, double> NamedValues(const StepMetrics& metrics);

// The inverse. Ignores names that are not in the table, which another version may have written.
StepMetrics MetricsOfNames(const std::map<std::string, double>& values);

}  // namespace hir

#endif  // HIR_METRICS_STEP_METRICS_H_
