#include "hir/objective/policy_loss.h"

namespace hir {

PolicyLoss ComputePolicyLoss(const at::Tensor& new_logp, const at::Tensor& old_logp,
                             const at::Tensor& advantages, const PolicyLossOptions& options,
                             const at::Tensor& importance_weights) {
  TORCH_CHECK(new_logp.sizes() == old_logp.sizes() && new_logp.sizes() == advantages.sizes(),
              "policy loss: new_logp, old_logp and advantages must have one shape");
  const at::Tensor old_values = old_logp.detach().to(new_logp.options());
  const at::Tensor advantage = advantages.detach().to(new_logp.options());
  const at::Tensor ratio = (new_logp - old_values).clamp(-kMaxLogRatio, kMaxLogRatio).exp();
  const at::Tensor plain = -advantage * ratio;
  const at::Tensor bounded =
      -advantage * ratio.clamp(1 - options.clip_ratio_low, 1 + options.clip_ratio_high);
  at::Tensor loss = at::max(plain, bounded);
  at::Tensor dual_clipped = at::zeros_like(loss, at::kBool);
  if (options.dual_clip > 0) {
    const at::Tensor most = -advantage * options.dual_clip;
    dual_clipped = (advantage < 0).logical_and(loss.detach() > most);
    loss = at::where(dual_clipped, most, loss);
  }
  if (importance_weights.defined()) {
    TORCH_CHECK(new_logp.sizes() == importance_weights.sizes(),
                "policy loss: importance_weights must have the shape of new_logp");
    loss = loss * importance_weights.detach().to(new_logp.options());
  }
  return {.sum = loss.sum(),
          .ratio = ratio.detach(),
          .clipped = (bounded > plain).detach(),
          .dual_clipped = dual_clipped};
}

}  // namespace hir
