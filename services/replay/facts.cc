#include "services/replay/facts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "hir/domain/reward.h"
#include "hir/domain/wire/time.h"
#include "hir/text/reasoning.h"
#include "services/replay/records.h"

namespace hir {
namespace {

double MeanOf(double sum, double count) { return count > 0 ? sum / count : 0.0; }

void AddVerdicts(absl::Span<const ScoredSample> pool, replay::v1::StepFacts& facts) {
  double accuracy = 0, rewarded = 0, known = 0;
  uint32_t unknown = 0;
  std::map<uint64_t, std::set<int>> rewards_of_group;
  for (const ScoredSample& sample : pool) {
    accuracy += ConstraintAccuracy(sample.verdicts);
    std::set<int>& rewards = rewards_of_group[sample.task];
    const std::optional<int> reward = RewardOf(sample.verdicts);
    if (!reward.has_value()) {
      ++unknown;
      continue;
    }
    rewards.insert(*reward);
    rewarded += *reward;
    known += 1;
  }
  double equal_groups = 0;
  for (const auto& [task, rewards] : rewards_of_group) equal_groups += rewards.size() < 2 ? 1 : 0;
  const double density = MeanOf(rewarded, known);
  facts.set_unknown(unknown);
  facts.set_reward_density(density);
  facts.set_reward_std(std::sqrt(density * (1 - density)));
  facts.set_constraint_accuracy(MeanOf(accuracy, static_cast<double>(pool.size())));
  facts.set_zero_variance_group_ratio(
      MeanOf(equal_groups, static_cast<double>(rewards_of_group.size())));
}

void AddTokens(const StepInput& input, replay::v1::StepFacts& facts) {
  uint64_t prompt_tokens = 0, tokens = 0, responses = 0;
  uint32_t shortest = std::numeric_limits<uint32_t>::max(), longest = 0, truncated = 0, unended = 0;
  double entropy = 0;
  int64_t staleness = 0;
  for (const StepGroup& group : input.groups) {
    prompt_tokens += group.task.prompt_token_ids_size();
    for (const common::v1::ScoredResponse& scored : group.responses) {
      const common::v1::Response& response = scored.response();
      const auto length = static_cast<uint32_t>(response.token_ids_size());
      ++responses;
      tokens += length;
      shortest = std::min(shortest, length);
      longest = std::max(longest, length);
      truncated += response.finish_reason() == common::v1::FINISH_REASON_LENGTH ? 1 : 0;
      unended += ReasoningEnded(response.text(), response.reasoning_end()) ? 0 : 1;
      entropy += response.entropy_mean_nats() * length;
      staleness = std::max(staleness, input.step - 1 - OldestVersion(response));
    }
  }
  facts.set_prompt_tokens(prompt_tokens);
  facts.set_response_tokens(tokens);
  facts.set_response_tokens_mean(
      MeanOf(static_cast<double>(tokens), static_cast<double>(responses)));
  facts.set_response_tokens_min(responses > 0 ? shortest : 0);
  facts.set_response_tokens_max(longest);
  facts.set_truncated(truncated);
  facts.set_reasoning_unended(unended);
  facts.set_entropy_mean_nats(MeanOf(entropy, static_cast<double>(tokens)));
  facts.set_max_staleness(static_cast<uint32_t>(staleness));
}

void AddSelection(absl::Span<const ScoredSample> pool, const Selection& selection,
                  replay::v1::StepFacts& facts) {
  double score = 0, removed = 0;
  for (const Candidate& candidate : selection.picked) {
    const std::vector<Verdict>& verdicts = pool[candidate.index].verdicts;
    score += candidate.score.total;
    removed += static_cast<double>(DroppedConstraints(verdicts).size());
  }
  const auto picked = static_cast<double>(selection.picked.size());
  facts.set_eligible(static_cast<uint32_t>(selection.eligible));
  facts.set_replayed(static_cast<uint32_t>(selection.picked.size()));
  facts.set_shortfall(static_cast<uint32_t>(selection.shortfall()));
  facts.set_lambda(selection.lambda);
  facts.set_score_mean(MeanOf(score, picked));
  facts.set_constraints_removed_mean(MeanOf(removed, picked));
}

}  // namespace

replay::v1::StepFacts ComputeFacts(const StepInput& input, absl::Span<const ScoredSample> pool,
                                   const Selection& selection) {
  replay::v1::StepFacts facts;
  facts.set_step(input.step);
  facts.set_originals(static_cast<uint32_t>(pool.size()));
  facts.set_abandoned_tasks(input.abandoned_tasks);
  facts.set_abandon_reason(input.abandon_reason);
  AddVerdicts(pool, facts);
  AddTokens(input, facts);
  AddSelection(pool, selection, facts);
  if (input.first_insert != absl::InfinitePast()) {
    *facts.mutable_first_insert() = ToProto(input.first_insert);
  }
  *facts.mutable_frozen_at() = ToProto(input.now);
  return facts;
}

}  // namespace hir
