#include "hir/objective/kl.h"

#include "hir/objective/policy_loss.h"

namespace hir {

at::Tensor EstimateKl(const at::Tensor& policy_logp, const at::Tensor& reference_logp,
                      KlEstimator estimator) {
  TORCH_CHECK(policy_logp.sizes() == reference_logp.sizes(),
              "KL estimate: policy_logp and reference_logp must have one shape");
  const at::Tensor difference = policy_logp - reference_logp.detach().to(policy_logp.options());
  switch (estimator) {
    case KlEstimator::kK1:
      break;
    case KlEstimator::kK2:
      return difference.square() / 2;
    case KlEstimator::kK3: {
      const at::Tensor clamped = difference.clamp(-kMaxLogRatio, kMaxLogRatio);
      return (-clamped).expm1() + clamped;
    }
  }
  return difference;
}

}  // namespace hir
