#include "services/learner/translation.h"

#include <algorithm>

namespace hir {

TrainingSample ToTrainingSample(const replay::v1::TrainingRow& row) {
  TrainingSample sample;
  sample.row = row.row();
  sample.task = row.task();
  sample.sample = row.sample();
  sample.replayed = row.replayed();
  sample.included = row.included();
  sample.reward = row.reward();
  sample.prompt.assign(row.prompt_token_ids().begin(), row.prompt_token_ids().end());
  sample.original_prompt.assign(row.original_prompt_token_ids().begin(),
                                row.original_prompt_token_ids().end());
  sample.tokens.assign(row.token_ids().begin(), row.token_ids().end());
  sample.logprobs.assign(row.logprobs().begin(), row.logprobs().end());
  return sample;
}

void AddFacts(const replay::v1::StepFacts& facts, StepMetrics& metrics) {
  const double originals = std::max(1u, facts.originals());
  const uint32_t unknown_ila = facts.has_unknown_ila() ? facts.unknown_ila() : facts.unknown();
  if (unknown_ila < facts.originals()) metrics.reward_density = facts.reward_density();
  if (facts.unknown() < facts.originals()) {
    const double density = facts.reward_density();
    const bool binary = !facts.has_reward_mean();  // Rewards are 0 or 1.
    metrics.critic_score_mean = binary ? density : facts.reward_mean();
    metrics.critic_score_max = binary ? (density > 0 ? 1 : 0) : facts.reward_max();
    metrics.critic_score_min = binary ? (density < 1 ? 0 : 1) : facts.reward_min();
    metrics.reward_std = facts.reward_std();
  }
  metrics.constraint_accuracy = facts.constraint_accuracy();
  metrics.frac_reward_zero_std = facts.zero_variance_group_ratio();
  metrics.reward_unknown = facts.unknown();
  metrics.reward_reasoning_unended = facts.reasoning_unended();
  metrics.actor_entropy = facts.entropy_mean_nats();
  metrics.hindsight_eligible = facts.eligible();
  metrics.hindsight_replayed = facts.replayed();
  metrics.hindsight_shortfall = facts.shortfall();
  metrics.hindsight_lambda = facts.lambda();
  if (facts.replayed() > 0) {
    metrics.hindsight_score_mean = facts.score_mean();
    metrics.hindsight_constraints_removed_mean = facts.constraints_removed_mean();
  }
  metrics.rollout_left_out_groups = facts.left_out_groups();
  metrics.rollout_left_out_tokens = static_cast<double>(facts.left_out_tokens());
  metrics.response_length_mean = facts.response_tokens_mean();
  metrics.response_length_min = facts.response_tokens_min();
  metrics.response_length_max = facts.response_tokens_max();
  metrics.response_length_clip_ratio = facts.truncated() / originals;
  metrics.training_abandoned_tasks = facts.abandoned_tasks();
  metrics.training_off_policy_staleness_max = facts.max_staleness();
  metrics.perf_total_num_tokens =
      static_cast<double>(facts.response_tokens() + facts.prompt_tokens());
}

}  // namespace hir
