// Advantages: returns normalised to zero mean and unit variance over all tokens of a batch, which
// may be spread over several processes.
//
// Source: REINFORCE++, arXiv:2501.03262. Statistics are float64 and take two passes, since
// returns of a batch may differ by less than the square root of their rounding error. Pure;
// thread-safe.
//
//   sums = CountAndSum(mine)                  all-reduce  {count, sum}
//   squares = CentredSquares(mine, mean)      all-reduce  {squares}
//   Whiten(mine, {count, mean, squares})
#ifndef HIR_OBJECTIVE_WHITENING_H_
#define HIR_OBJECTIVE_WHITENING_H_

#include <torch/torch.h>

namespace hir {

// Statistics of all tokens of a batch, over all processes.
struct TokenStatistics {
  double count = 0;
  double mean = 0;
  double centred_squares = 0;  // Sum of (x - mean)^2.
};

inline constexpr double kWhiteningEpsilon = 1e-8;  // Added to the variance, inside the root.

// Returns float64 [2]: how many values `returns` [tokens] has, and their sum.
at::Tensor CountAndSum(const at::Tensor& returns);

// Returns float64 [1]: the sum of (x - mean)^2 over `returns` [tokens].
at::Tensor CentredSquares(const at::Tensor& returns, double mean);

// Returns (x - mean) / sqrt(unbiased variance + kWhiteningEpsilon), float64 [tokens]. A batch of
// fewer than two tokens has variance 0.
at::Tensor Whiten(const at::Tensor& returns, const TokenStatistics& statistics);

// The statistics of `returns` [tokens], if they are the whole batch.
TokenStatistics StatisticsOf(const at::Tensor& returns);

}  // namespace hir

#endif  // HIR_OBJECTIVE_WHITENING_H_
