#include "hir/train/advantages.h"

#include <numeric>
#include <utility>

#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/objective/returns.h"
#include "hir/objective/whitening.h"

namespace hir {

absl::StatusOr<at::Tensor> ComputeAdvantages(absl::Span<const TrainingSample> mine,
                                             const at::Tensor& old_logp, const at::Tensor& ref_logp,
                                             const ObjectiveConfig& options, ProcessGroup& group) {
  std::vector<int64_t> lengths;
  std::vector<double> rewards;
  for (const TrainingSample& sample : mine) {
    lengths.push_back(static_cast<int64_t>(sample.tokens.size()));
    rewards.push_back(sample.reward);
  }
  HIR_ASSIGN_OR_RETURN(const at::Tensor returns,
                       RewardToGo(old_logp, ref_logp, lengths, rewards,
                                  {.kl_coef = options.kl_coef, .gamma = options.gamma}));
  return Whiten(returns, [&group](at::Tensor& values, const char* what) {
    return group.AllReduceSum(values, what, kCollectiveTimeout);
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
