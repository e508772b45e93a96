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

void AddFacts(const replay::v1::StepFacts& facts, std::map<std::string, double>& metrics) {
  const double originals = std::max(1u, facts.originals());
  if (facts.unknown() < facts.originals()) {
    metrics["reward_density"] = facts.reward_density();
    metrics["critic/score/mean"] = facts.reward_density();
    // Rewards are 0 or 1.
    metrics["critic/score/max"] = facts.reward_density() > 0 ? 1 : 0;
    metrics["critic/score/min"] = facts.reward_density() < 1 ? 0 : 1;
    metrics["reward_std"] = facts.reward_std();
  }
  metrics["constraint_accuracy"] = facts.constraint_accuracy();
  metrics["frac_reward_zero_std"] = facts.zero_variance_group_ratio();
  metrics["reward/unknown"] = facts.unknown();
  metrics["reward/reasoning_unended"] = facts.reasoning_unended();
  metrics["actor/entropy"] = facts.entropy_mean_nats();
  metrics["hindsight/eligible"] = facts.eligible();
  metrics["hindsight/replayed"] = facts.replayed();
  metrics["hindsight/shortfall"] = facts.shortfall();
  metrics["hindsight/lambda"] = facts.lambda();
  if (facts.replayed() > 0) {
    metrics["hindsight/score_mean"] = facts.score_mean();
    metrics["hindsight/constraints_removed_mean"] = facts.constraints_removed_mean();
  }
  metrics["response_length/mean"] = facts.response_tokens_mean();
  metrics["response_length/min"] = facts.response_tokens_min();
  metrics["response_length/max"] = facts.response_tokens_max();
  metrics["response_length/clip_ratio"] = facts.truncated() / originals;
  metrics["training/abandoned_tasks"] = facts.abandoned_tasks();
  metrics["training/off_policy/staleness_max"] = facts.max_staleness();
  metrics["perf/total_num_tokens"] =
      static_cast<double>(facts.response_tokens() + facts.prompt_tokens());
}

}  // namespace hir
