#include "hir/objective/whitening.h"

#include <algorithm>
#include <cmath>

namespace hir {

at::Tensor CountAndSum(const at::Tensor& returns) {
  const at::Tensor values = returns.to(at::kDouble);
  return at::tensor({static_cast<double>(values.numel()), values.sum().item<double>()},
                    at::kDouble);
}

at::Tensor CentredSquares(const at::Tensor& returns, double mean) {
  return (returns.to(at::kDouble) - mean).square_().sum().reshape({1});
}

at::Tensor Whiten(const at::Tensor& returns, const TokenStatistics& statistics) {
  const double variance =
      statistics.count < 2 ? 0 : statistics.centred_squares / (statistics.count - 1);
  return (returns.to(at::kDouble) - statistics.mean).div_(std::sqrt(variance + kWhiteningEpsilon));
}

TokenStatistics StatisticsOf(const at::Tensor& returns) {
  const at::Tensor sums = CountAndSum(returns);
  TokenStatistics statistics;
  statistics.count = sums[0].item<double>();
  statistics.mean = sums[1].item<double>() / std::max(statistics.count, 1.0);
  statistics.centred_squares = CentredSquares(returns, statistics.mean).item<double>();
  return statistics;
}

}  // namespace hir
