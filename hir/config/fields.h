// The one list of RunConfig's fields, with the values that each allows.
//
// VisitFields(config, visitor) calls, in a stable order, one of
//   visitor.Number(name, value, Range)     for int and double fields,
//   visitor.Choice(name, value)            for enums with words (enum_words.h),
//   visitor.Choices(name, values)          for lists of such enums,
//   visitor.Map(name, value)               for maps, kept as JSON objects,
//   visitor.Files(name, value)             for files with weights,
//   visitor.Suites(name, value)            for evaluation suites,
//   visitor.Text(name, value), visitor.Flag(name, value), visitor.Seed(name, value).
// `config` may be const. Names have dots: "rollout.top_p".
#ifndef HIR_CONFIG_FIELDS_H_
#define HIR_CONFIG_FIELDS_H_

#include <limits>

#include "hir/config/run_config.h"

namespace hir::internal {

// Allowed numbers: [least, most], without `least` itself when `above`.
struct Range {
  double least;
  double most = std::numeric_limits<double>::max();
  bool above = false;
};

inline constexpr Range kPositive = {.least = 0, .above = true};
inline constexpr Range kNotNegative = {.least = 0};
inline constexpr Range kCount = {.least = 1, .most = 1'000'000};
inline constexpr Range kCountOrZero = {.least = 0, .most = 1'000'000};
inline constexpr Range kProbability = {.least = 0, .most = 1, .above = true};
inline constexpr Range kDecay = {.least = 0, .most = 0.999999999};

template <typename Config, typename Visitor>
void VisitRunFields(Config& c, Visitor& v) {
  v.Text("name", c.name);
  v.Seed("seed", c.seed);
  v.Text("output_dir", c.output_dir);
  v.Text("model.path", c.model.path);
  v.Choice("model.dtype", c.model.dtype);
  v.Choice("model.device", c.model.device);
  v.Map("model.chat_template_kwargs", c.model.chat_template_kwargs);
  v.Text("model.reasoning_end", c.model.reasoning_end);
  v.Files("data.train", c.data.train);
  v.Text("data.held_out", c.data.held_out);
  v.Flag("data.shuffle", c.data.shuffle);
  v.Choice("data.overlong", c.data.overlong);
  v.Text("data.system_prompt", c.data.system_prompt);
}

template <typename Config, typename Visitor>
void VisitRolloutFields(Config& c, Visitor& v) {
  v.Number("rollout.train_batch_size", c.rollout.train_batch_size, kCount);
  v.Number("rollout.responses_per_prompt", c.rollout.responses_per_prompt,
           Range{.least = 1, .most = 1024});
  v.Number("rollout.max_resampled_groups", c.rollout.max_resampled_groups, kCountOrZero);
  v.Number("rollout.temperature", c.rollout.temperature,
           Range{.least = 0, .most = 100, .above = true});
  v.Number("rollout.top_p", c.rollout.top_p, kProbability);
  v.Number("rollout.top_k", c.rollout.top_k, kCountOrZero);
  v.Number("rollout.max_prompt_tokens", c.rollout.max_prompt_tokens, kCount);
  v.Number("rollout.max_response_tokens", c.rollout.max_response_tokens, kCount);
  v.Flag("rollout.ignore_eos", c.rollout.ignore_eos);
  v.Number("rollout.max_running_sequences", c.rollout.max_running_sequences, kCount);
  v.Number("rollout.kv_cache_gb", c.rollout.kv_cache_gb, Range{.least = 0, .most = 1e6});
  v.Flag("rollout.deterministic", c.rollout.deterministic);
  v.Number("rollout.max_staleness", c.rollout.max_staleness, kCountOrZero);
  v.Choice("rollout.swap", c.rollout.swap);
  v.Number("rollout.lease_seconds", c.rollout.lease_seconds, Range{.least = 1, .most = 86'400});
  v.Number("rollout.max_attempts", c.rollout.max_attempts, Range{.least = 1, .most = 1000});
}

template <typename Config, typename Visitor>
void VisitMethodFields(Config& c, Visitor& v) {
  v.Choice("hindsight.mode", c.hindsight.mode);
  v.Choice("hindsight.scope", c.hindsight.scope);
  v.Number("hindsight.replay_per_prompt", c.hindsight.replay_per_prompt,
           Range{.least = 0, .most = 1024});
  v.Number("hindsight.weight", c.hindsight.weight, kPositive);
  v.Number("hindsight.initial_weight", c.hindsight.initial_weight, kNotNegative);
  v.Number("hindsight.weight_growth", c.hindsight.weight_growth, kNotNegative);
  v.Number("hindsight.max_weight", c.hindsight.max_weight, kPositive);
  v.Choice("hindsight.entropy", c.hindsight.entropy);
  v.Choice("hindsight.entropy_source", c.hindsight.entropy_source);
  v.Choice("hindsight.old_logprobs", c.hindsight.old_logprobs);
  v.Flag("hindsight.replay_truncated", c.hindsight.replay_truncated);
  v.Number("hindsight.vote_threshold", c.hindsight.vote_threshold, Range{.least = 0, .most = 1});
  v.Choice("objective.reward", c.objective.reward.kind);
  v.Number("objective.graded_bonus", c.objective.reward.graded_bonus, kNotNegative);
  v.Choice("objective.truncated", c.objective.reward.truncated);
  v.Number("objective.overlong_buffer", c.objective.reward.overlong_buffer, kCountOrZero);
  v.Number("objective.overlong_penalty", c.objective.reward.overlong_penalty, kNotNegative);
  v.Choice("objective.unknown_reward", c.objective.unknown_reward);
  v.Choice("objective.advantage", c.objective.advantage);
  v.Number("objective.kl_coef", c.objective.kl_coef, kNotNegative);
  v.Choice("objective.kl_estimator", c.objective.kl_estimator);
  v.Choice("objective.kl_in", c.objective.kl_in);
  v.Number("objective.reference_refresh_steps", c.objective.reference_refresh_steps, kCountOrZero);
  v.Number("objective.entropy_coef", c.objective.entropy_coef, Range{.least = 0, .most = 1});
  v.Number("objective.gamma", c.objective.gamma, kProbability);
  v.Choice("objective.loss", c.objective.loss);
  v.Choice("objective.aggregation", c.objective.aggregation);
  v.Number("objective.clip_ratio_low", c.objective.clip_ratio_low, kProbability);
  v.Number("objective.clip_ratio_high", c.objective.clip_ratio_high, kPositive);
  v.Number("objective.dual_clip", c.objective.dual_clip, kNotNegative);
  v.Choice("objective.old_logprobs_from", c.objective.old_logprobs_from);
  v.Number("objective.importance_cap", c.objective.importance_cap, kNotNegative);
  v.Choice("objective.importance_level", c.objective.importance_level);
  v.Number("objective.updates_per_step", c.objective.updates_per_step,
           Range{.least = 1, .most = 1024});
}

template <typename Config, typename Visitor>
void VisitLearnerFields(Config& c, Visitor& v) {
  v.Number("optimizer.lr", c.optimizer.lr, Range{.least = 0, .most = 1});
  v.Choice("optimizer.schedule", c.optimizer.schedule);
  v.Number("optimizer.warmup", c.optimizer.warmup, Range{.least = 0, .most = 1'000'000});
  v.Number("optimizer.min_lr_ratio", c.optimizer.min_lr_ratio, Range{.least = 0, .most = 1});
  v.Number("optimizer.beta1", c.optimizer.beta1, kDecay);
  v.Number("optimizer.beta2", c.optimizer.beta2, kDecay);
  v.Number("optimizer.eps", c.optimizer.eps, kPositive);
  v.Number("optimizer.weight_decay", c.optimizer.weight_decay, kNotNegative);
  v.Number("optimizer.max_grad_norm", c.optimizer.max_grad_norm, kNotNegative);
  v.Number("lora.rank", c.lora.rank, Range{.least = 0, .most = 4096});
  v.Number("lora.alpha", c.lora.alpha, kPositive);
  v.Choices("lora.targets", c.lora.targets);
  v.Number("learner.total_steps", c.learner.total_steps, kCount);
  v.Number("learner.max_tokens_per_micro_batch", c.learner.max_tokens_per_micro_batch,
           Range{.least = 1, .most = 1e8});
  v.Choice("learner.activation_checkpointing", c.learner.activation_checkpointing);
  v.Flag("learner.shuffle_advantages", c.learner.shuffle_advantages);
  v.Number("checkpoint.every", c.checkpoint.every, kCountOrZero);
  v.Number("checkpoint.keep_last", c.checkpoint.keep_last, Range{.least = 2, .most = 1000});
  v.Number("checkpoint.keep_every", c.checkpoint.keep_every, kCountOrZero);
  v.Flag("checkpoint.keep_best", c.checkpoint.keep_best);
  v.Text("checkpoint.best_metric", c.checkpoint.best_metric);
  v.Choice("checkpoint.resume", c.checkpoint.resume);
  v.Number("eval.every", c.eval.every, kCountOrZero);
  v.Number("eval.prompts", c.eval.prompts, kCountOrZero);
  v.Number("eval.temperature", c.eval.temperature, Range{.least = 0, .most = 100});
  v.Number("eval.max_response_tokens", c.eval.max_response_tokens, kCountOrZero);
  v.Number("eval.patience", c.eval.patience, kCountOrZero);
  v.Suites("eval.suites", c.eval.suites);
}

template <typename Config, typename Visitor>
void VisitFields(Config& config, Visitor& visitor) {
  VisitRunFields(config, visitor);
  VisitRolloutFields(config, visitor);
  VisitMethodFields(config, visitor);
  VisitLearnerFields(config, visitor);
}

}  // namespace hir::internal

#endif  // HIR_CONFIG_FIELDS_H_
