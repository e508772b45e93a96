#include "hir/train/adamw.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace hir {

void AdamWStep(const at::Tensor& parameters, const at::Tensor& gradients, double lr,
               const OptimizerConfig& options, AdamWState& state) {
  const at::NoGradGuard no_grad;
  ++state.updates;
  const std::vector<at::Tensor> weights{parameters}, grads{gradients};
  const std::vector<at::Tensor> first{state.first_moment}, second{state.second_moment};
  const std::vector<at::Tensor> steps{
      at::full({}, static_cast<double>(state.updates), parameters.options())};
  at::_fused_adamw_(weights, grads, first, second, /*max_exp_avg_sqs=*/{}, steps, lr, options.beta1,
                    options.beta2, options.weight_decay, options.eps,
                    /*amsgrad=*/false, /*maximize=*/false);
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
