#include "hir/objective/returns.h"

#include <numeric>

#include "absl/strings/str_format.h"
#include "hir/objective/kl.h"

namespace hir {
namespace {

absl::Status CheckShapes(const at::Tensor& old_logp, const at::Tensor& ref_logp,
                         const std::vector<int64_t>& lengths, const std::vector<double>& rewards,
                         const ReturnOptions& options) {
  if (lengths.size() != rewards.size()) {
    return absl::InvalidArgumentError(absl::StrFormat("%d rows have lengths but %d have rewards",
                                                      lengths.size(), rewards.size()));
  }
  for (size_t row = 0; row < lengths.size(); ++row) {
    if (lengths[row] <= 0) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "row %d has %d response tokens; it needs at least one", row, lengths[row]));
    }
  }
  const int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  if (old_logp.dim() != 1 || old_logp.size(0) != tokens) {
    return absl::InvalidArgumentError(
        absl::StrFormat("old_logp holds %d values for %d tokens", old_logp.numel(), tokens));
  }
  if (options.kl_coef != 0 && (!ref_logp.defined() || ref_logp.numel() != tokens)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "ref_logp must hold %d values when kl_coef is %g", tokens, options.kl_coef));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<at::Tensor> RewardToGo(const at::Tensor& old_logp, const at::Tensor& ref_logp,
                                      const std::vector<int64_t>& lengths,
                                      const std::vector<double>& rewards,
                                      const ReturnOptions& options) {
  if (absl::Status status = CheckShapes(old_logp, ref_logp, lengths, rewards, options);
      !status.ok()) {
    return status;
  }
  const at::Tensor old_values = old_logp.detach().to(at::kCPU, at::kDouble).contiguous();
  at::Tensor returns = at::zeros_like(old_values);
  if (options.kl_coef != 0) {
    const at::Tensor reference = ref_logp.detach().to(at::kCPU, at::kDouble).reshape({-1});
    returns = EstimateKl(old_values, reference, options.kl_estimator).mul_(-options.kl_coef);
  }
  double* values = returns.data_ptr<double>();
  int64_t end = 0;
  for (size_t row = 0; row < lengths.size(); ++row) {
    const int64_t begin = end;
    end += lengths[row];
    values[end - 1] += rewards[row];
    for (int64_t i = end - 2; i >= begin; --i) values[i] += options.gamma * values[i + 1];
  }
  return returns;
}

}  // namespace hir
