#include "hir/objective/whitening.h"

#include <algorithm>
#include <cmath>

#include "hir/base/status_macros.h"

namespace hir {

absl::StatusOr<at::Tensor> Whiten(const at::Tensor& returns, SumOverProcesses sum) {
  const at::Tensor values = returns.to(at::kDouble);
  at::Tensor totals =
      at::tensor({static_cast<double>(values.numel()), values.sum().item<double>()}, at::kDouble);
  HIR_RETURN_IF_ERROR(sum(totals, "sum of the returns"));
  const double count = totals[0].item<double>();
  const at::Tensor centred = values - totals[1].item<double>() / std::max(count, 1.0);
  at::Tensor squares = centred.square().sum().reshape({1});
  HIR_RETURN_IF_ERROR(sum(squares, "variance of the returns"));
  const double variance = count < 2 ? 0 : squares.item<double>() / (count - 1);
  return centred / std::sqrt(variance + kWhiteningEpsilon);
}

}  // namespace hir
