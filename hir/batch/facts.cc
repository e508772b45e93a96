#include "hir/batch/facts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <vector>

#include "absl/types/span.h"

namespace hir {
namespace {

double MeanOf(double sum, double count) { return count > 0 ? sum / count : 0.0; }

void AddVerdicts(absl::Span<const ScoredResponse> responses, StepFacts& facts) {
  double accuracy = 0, met = 0, known = 0;
  for (const ScoredResponse& response : responses) {
    accuracy += ConstraintAccuracy(response.verdicts);
    const std::optional<int> all_met = RewardOf(response.verdicts);
    if (!all_met.has_value()) {
      ++facts.unknown_ila;
      continue;
    }
    met += *all_met;
    known += 1;
  }
  facts.reward_density = MeanOf(met, known);
  facts.constraint_accuracy = MeanOf(accuracy, static_cast<double>(responses.size()));
}

// Of the rewards that the run trains with.
void AddRewards(absl::Span<const ScoredResponse> responses, const RunConfig& config,
                StepFacts& facts) {
  std::vector<double> known;
  std::map<uint64_t, std::set<double>> rewards_of_task;
  for (const ScoredResponse& response : responses) {
    std::set<double>& rewards = rewards_of_task[response.id.task];
    const auto [reward, penalty, masked] =
        TrainingRewardOf(response.verdicts, LengthOf(response, config), config.objective.reward);
    if (!reward.has_value()) {
      ++facts.unknown;
      continue;
    }
    if (!masked) rewards.insert(*reward);
    known.push_back(*reward);
  }
  double equal_tasks = 0;
  for (const auto& [task, rewards] : rewards_of_task) equal_tasks += rewards.size() < 2 ? 1 : 0;
  facts.zero_variance_group_ratio =
      MeanOf(equal_tasks, static_cast<double>(rewards_of_task.size()));
  if (known.empty()) return;
  const auto [least, most] = std::minmax_element(known.begin(), known.end());
  const auto count = static_cast<double>(known.size());
  facts.reward_min = *least;
  facts.reward_max = *most;
  facts.reward_mean = std::accumulate(known.begin(), known.end(), 0.0) / count;
  if (*least == *most) return;
  // E[x^2] - m^2, written so that rewards of 0 and 1 add nothing to m (1 - m): a batch keeps its
  // bytes.
  double excess = 0;
  for (const double reward : known) excess += reward * (reward - 1);
  const double mean = facts.reward_mean;
  facts.reward_std = std::sqrt(std::max(0.0, mean * (1 - mean) + excess / count));
}

// Learner steps between the weights of the response's oldest token and its step.
int64_t StalenessOf(const ScoredResponse& response, int64_t step) {
  int64_t oldest = std::numeric_limits<int64_t>::max();
  for (const WeightsId& weights : response.weights) oldest = std::min(oldest, weights.version);
  return step - 1 - (response.weights.empty() ? 0 : oldest);
}

void AddTokens(const StepInput& input, StepFacts& facts) {
  for (const auto& [number, task] : input.tasks) facts.prompt_tokens += task.prompt_tokens;
  uint32_t shortest = std::numeric_limits<uint32_t>::max();
  double entropy = 0;
  int64_t staleness = 0;
  for (const ScoredResponse& response : input.responses) {
    const auto length = static_cast<uint32_t>(response.tokens);
    facts.response_tokens += length;
    shortest = std::min(shortest, length);
    facts.response_tokens_max = std::max(facts.response_tokens_max, length);
    facts.truncated += response.truncated ? 1 : 0;
    facts.reasoning_unended += response.reasoning_ended ? 0 : 1;
    entropy += response.entropy_mean * length;
    staleness = std::max(staleness, StalenessOf(response, input.step));
  }
  const auto tokens = static_cast<double>(facts.response_tokens);
  facts.response_tokens_mean = MeanOf(tokens, static_cast<double>(input.responses.size()));
  facts.response_tokens_min = input.responses.empty() ? 0 : shortest;
  facts.entropy_mean_nats = MeanOf(entropy, tokens);
  facts.max_staleness = static_cast<uint32_t>(staleness);
}

void AddSelection(const StepSelection& selected, StepFacts& facts) {
  const Selection& selection = selected.selection;
  double score = 0, removed = 0;
  for (const Replayed& replayed : selected.replayed) {
    score += replayed.as.score;
    removed += static_cast<double>(replayed.as.dropped.size());
  }
  const auto picked = static_cast<double>(selection.picked.size());
  facts.eligible = static_cast<uint32_t>(selection.eligible);
  facts.replayed = static_cast<uint32_t>(selection.picked.size());
  facts.shortfall = static_cast<uint32_t>(selection.shortfall());
  facts.lambda = selection.lambda;
  facts.score_mean = MeanOf(score, picked);
  facts.constraints_removed_mean = MeanOf(removed, picked);
}

void AddLeftOut(const StepInput& input, StepFacts& facts) {
  facts.left_out_groups = static_cast<uint32_t>(input.left_out.size());
  for (const LeftOutGroup& group : input.left_out) facts.left_out_tokens += group.response_tokens;
}

}  // namespace

ResponseLength LengthOf(const ScoredResponse& response, const RunConfig& config) {
  return {.tokens = response.tokens,
          .limit = config.rollout.max_response_tokens,
          .truncated = response.truncated};
}

StepFacts ComputeFacts(const StepInput& input, const StepSelection& selected,
                       const RunConfig& config) {
  StepFacts facts = {.step = input.step,
                     .originals = static_cast<uint32_t>(input.responses.size()),
                     .abandoned_tasks = input.abandoned_tasks,
                     .abandon_reason = input.abandon_reason,
                     .first_insert = input.first_insert,
                     .frozen_at = input.now};
  AddVerdicts(input.responses, facts);
  AddRewards(input.responses, config, facts);
  AddTokens(input, facts);
  AddLeftOut(input, facts);
  AddSelection(selected, facts);
  return facts;
}

}  // namespace hir
