#include "hir/batch/groups.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "hir/domain/reward.h"

namespace hir {
namespace {

struct Group {
  std::set<double> rewards;  // The known ones, of verdicts.
  uint32_t responses = 0;
  uint64_t tokens = 0;
};

std::map<uint64_t, Group> GroupsOf(const StepInput& input, const RunConfig& config) {
  std::map<uint64_t, Group> groups;
  for (const auto& [number, task] : input.tasks) groups[number];
  for (const ScoredResponse& response : input.responses) {
    Group& group = groups[response.id.task];
    ++group.responses;
    group.tokens += static_cast<uint64_t>(response.tokens);
    const std::optional<double> reward =
        ComparedReward(response.verdicts, response.truncated, config.objective.reward);
    if (reward.has_value()) group.rewards.insert(*reward);
  }
  return groups;
}

// The first `places` of the groups, those that teach something before the others.
std::set<uint64_t> Chosen(const std::map<uint64_t, Group>& groups, size_t places) {
  std::set<uint64_t> chosen;
  for (const bool teaches : {true, false}) {
    for (const auto& [task, group] : groups) {
      if (chosen.size() == places) return chosen;
      if ((group.rewards.size() > 1) == teaches) chosen.insert(task);
    }
  }
  return chosen;
}

}  // namespace

StepInput LeaveOutGroups(StepInput input, const RunConfig& config) {
  if (config.rollout.max_resampled_groups == 0) return input;
  const std::map<uint64_t, Group> groups = GroupsOf(input, config);
  const std::set<uint64_t> chosen =
      Chosen(groups, static_cast<size_t>(config.rollout.train_batch_size));
  for (const auto& [task, group] : groups) {
    if (chosen.contains(task)) continue;
    input.left_out.push_back({.task = task,
                              .reason = group.rewards.empty() ? LeftOutReason::kUnknownRewards
                                                              : LeftOutReason::kEqualRewards,
                              .responses = group.responses,
                              .response_tokens = group.tokens});
    input.tasks.erase(task);
  }
  std::erase_if(input.responses, [&chosen](const ScoredResponse& response) {
    return !chosen.contains(response.id.task);
  });
  return input;
}

const char* LeftOutReasonName(LeftOutReason reason) {
  switch (reason) {
    case LeftOutReason::kEqualRewards:
      return "equal_rewards";
    case LeftOutReason::kUnknownRewards:
      return "unknown_rewards";
  }
  return "";
}

}  // namespace hir
