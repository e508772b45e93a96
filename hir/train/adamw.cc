#include "hir/train/adamw.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace hir {

void AdamWStep(const at::Tensor& parameters, const at::Tensor& gradients,
               absl::Span<const ParameterRange> ranges, double lr, const OptimizerConfig& options,
               AdamWState& state) {
  const at::NoGradGuard no_grad;
  ++state.updates;
  const at::Tensor updates = at::full({}, static_cast<double>(state.updates), parameters.options());
  for (const bool decays : {true, false}) {
    std::vector<at::Tensor> weights, grads, first, second, steps;
    for (const ParameterRange& range : ranges) {
      if (range.decays != decays) continue;
      const auto part = [&](const at::Tensor& flat) {
        return flat.narrow(0, range.begin, range.length);
      };
      weights.push_back(part(parameters));
      grads.push_back(part(gradients));
      first.push_back(part(state.first_moment));
      second.push_back(part(state.second_moment));
      steps.push_back(updates);
    }
    if (weights.empty()) continue;
    at::_fused_adamw_(weights, grads, first, second, /*max_exp_avg_sqs=*/{}, steps, lr,
                      options.beta1, options.beta2, decays ? options.weight_decay : 0, options.eps,
                      /*amsgrad=*/false, /*maximize=*/false);
  }
}

double GlobalNorm(const at::Tensor& gradients) {
  const at::NoGradGuard no_grad;
  constexpr int64_t kPiece = int64_t{1} << 20;  // Small enough to sum squares in float32.
  double squares = 0;
  for (int64_t begin = 0; begin < gradients.numel(); begin += kPiece) {
    const at::Tensor piece =
        gradients.narrow(0, begin, std::min(kPiece, gradients.numel() - begin));
    squares += piece.dot(piece).item<double>();
  }
  return std::sqrt(squares);
}

double ClipGlobalNorm(const at::Tensor& gradients, double max_norm) {
  const double norm = GlobalNorm(gradients);
  if (max_norm > 0 && norm > max_norm) {
    const at::NoGradGuard no_grad;
    gradients.mul_(max_norm / norm);
  }
  return norm;
}

}  // namespace hir
