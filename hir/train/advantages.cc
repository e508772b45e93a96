#include "hir/train/advantages.h"

#include <numeric>
#include <utility>

#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/objective/group_advantages.h"
#include "hir/objective/returns.h"
#include "hir/objective/whitening.h"

namespace hir {

namespace {

// Returns the advantages of the tokens of `mine` relative to the groups of the whole batch. A row's
// score is the sum of its token rewards: with gamma 1, the return of its first token.
absl::StatusOr<at::Tensor> RelativeToGroups(absl::Span<const TrainingSample> mine,
                                            absl::Span<const RowFacts> facts,
                                            const at::Tensor& returns, AdvantageEstimator estimator,
                                            ProcessGroup& group) {
  at::Tensor scores = at::zeros({static_cast<int64_t>(facts.size())}, at::kDouble);
  int64_t begin = 0;
  for (const TrainingSample& sample : mine) {
    scores[sample.row] = returns[begin];
    begin += static_cast<int64_t>(sample.tokens.size());
  }
  // Each row belongs to one rank, and its group may be spread over several.
  HIR_RETURN_IF_ERROR(group.AllReduceSum(scores, "scores of the rows", kCollectiveTimeout));
  std::vector<GroupedRow> rows;
  for (size_t row = 0; row < facts.size(); ++row) {
    rows.push_back({.task = facts[row].task,
                    .replayed = facts[row].replayed,
                    .included = facts[row].included,
                    .score = scores[static_cast<int64_t>(row)].item<double>()});
  }
  const std::vector<double> advantages = GroupAdvantages(rows, estimator);
  std::vector<at::Tensor> parts{at::empty({0}, at::kDouble)};
  for (const TrainingSample& sample : mine) {
    parts.push_back(at::full({static_cast<int64_t>(sample.tokens.size())}, advantages[sample.row],
                             at::kDouble));
  }
  return at::cat(parts);
}

}  // namespace

absl::StatusOr<at::Tensor> ComputeAdvantages(absl::Span<const TrainingSample> mine,
                                             absl::Span<const RowFacts> facts,
                                             const at::Tensor& old_logp, const at::Tensor& ref_logp,
                                             const ObjectiveConfig& options, ProcessGroup& group) {
  std::vector<int64_t> lengths;
  std::vector<double> rewards;
  for (const TrainingSample& sample : mine) {
    lengths.push_back(static_cast<int64_t>(sample.tokens.size()));
    rewards.push_back(sample.reward);
  }
  const double kl_coef = options.kl_in == KlIn::kReward ? options.kl_coef : 0;
  HIR_ASSIGN_OR_RETURN(at::Tensor values, RewardToGo(old_logp, ref_logp, lengths, rewards,
                                                     {.kl_coef = kl_coef,
                                                      .kl_estimator = options.kl_estimator,
                                                      .gamma = options.gamma}));
  if (IsGrouped(options.advantage)) {
    HIR_ASSIGN_OR_RETURN(values, RelativeToGroups(mine, facts, values, options.advantage, group));
    if (options.advantage != AdvantageEstimator::kReinforcePlusPlusBaseline) return values;
  }
  return Whiten(values, [&group](at::Tensor& sums, const char* what) {
    return group.AllReduceSum(sums, what, kCollectiveTimeout);
  });
}

absl::StatusOr<at::Tensor> ShuffleAdvantages(absl::Span<const TrainingSample> mine,
                                             const at::Tensor& advantages,
                                             absl::Span<const RowFacts> facts, uint64_t seed,
                                             int64_t step, ProcessGroup& group) {
  std::vector<int64_t> offsets{0};
  for (const RowFacts& row : facts) {
    offsets.push_back(offsets.back() + (row.included ? row.response_tokens : 0));
  }
  at::Tensor all = at::zeros({offsets.back()}, at::kDouble);
  int64_t begin = 0;
  for (const TrainingSample& sample : mine) {
    const int64_t length = static_cast<int64_t>(sample.tokens.size());
    all.narrow(0, offsets[sample.row], length).copy_(advantages.narrow(0, begin, length));
    begin += length;
  }
  HIR_RETURN_IF_ERROR(group.AllReduceSum(all, "advantages to shuffle", kCollectiveTimeout));

  std::vector<int64_t> order(all.numel());
  std::iota(order.begin(), order.end(), 0);
  CounterRandom random(seed, static_cast<uint64_t>(step));
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
  const at::Tensor shuffled = all.index_select(0, at::tensor(order, at::kLong));

  std::vector<at::Tensor> parts{at::empty({0}, at::kDouble)};
  for (const TrainingSample& sample : mine) {
    parts.push_back(
        shuffled.narrow(0, offsets[sample.row], static_cast<int64_t>(sample.tokens.size())));
  }
  return at::cat(parts);
}

}  // namespace hir
