#include "hir/batch/batch.h"

#include <map>
#include <utility>

#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"

namespace hir {
namespace {

BatchRow OriginalRow(const StepInput& input, size_t response, const RunConfig& config) {
  const ScoredResponse& original = input.responses[response];
  const auto [reward, penalty, masked] =
      TrainingRewardOf(original.verdicts, LengthOf(original, config), config.objective.reward);
  const bool unknown_is_zero = config.objective.unknown_reward == UnknownReward::kZero;
  const uint32_t prompt_tokens = input.tasks.at(original.id.task).prompt_tokens;
  return {.response = response,
          .tokens = prompt_tokens + static_cast<uint32_t>(original.tokens),
          .included = !masked && (reward.has_value() || unknown_is_zero),
          .reward = reward.value_or(unknown_is_zero ? -penalty : 0)};
}

// What remained of its instruction was met, so it is a success whatever its original is.
BatchRow ReplayedRow(const StepInput& input, size_t replayed, const Replayed& as,
                     const RunConfig& config) {
  const ScoredResponse& response = input.responses[as.response];
  const std::vector<Verdict> met(as.as.kept.size(), Verdict::kPass);
  const auto [reward, penalty, masked] =
      TrainingRewardOf(met, LengthOf(response, config), config.objective.reward);
  const auto response_tokens = static_cast<uint32_t>(response.tokens);
  return {.response = as.response,
          .replayed = replayed,
          .tokens = static_cast<uint32_t>(as.prompt.size()) + response_tokens,
          .included = !masked,
          .reward = reward.value_or(0)};
}

}  // namespace

absl::StatusOr<Batch> BuildBatch(const StepInput& input, const RunConfig& config,
                                 EncodeText encode) {
  HIR_ASSIGN_OR_RETURN(StepSelection selected, SelectAndRewrite(input, config, encode));
  Batch batch;
  batch.facts = ComputeFacts(input, selected, config);
  batch.mini_batches = static_cast<uint32_t>(config.objective.updates_per_step);
  std::map<size_t, size_t> replayed_of;  // By response.
  for (size_t i = 0; i < selected.replayed.size(); ++i) {
    replayed_of[selected.replayed[i].response] = i;
  }
  for (size_t i = 0; i < input.responses.size(); ++i) {
    batch.rows.push_back(OriginalRow(input, i, config));
    const auto found = replayed_of.find(i);
    if (found == replayed_of.end()) continue;
    batch.rows.push_back(
        ReplayedRow(input, found->second, selected.replayed[found->second], config));
  }
  batch.selection = std::move(selected.selection);
  batch.replayed = std::move(selected.replayed);
  return batch;
}

}  // namespace hir
