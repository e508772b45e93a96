#include "hir/objective/policy_loss.h"

#include "hir/objective/rows.h"

namespace hir {
namespace {

// log pi_new / pi_old of each token or, of kGspo, its mean over the token's row; differentiable in
// the token's new_logp.
at::Tensor LogRatio(const at::Tensor& new_logp, const at::Tensor& old_logp, PolicyLossKind kind,
                    const at::Tensor& lengths) {
  const at::Tensor log_ratio = new_logp - old_logp;
  if (kind != PolicyLossKind::kGspo) return log_ratio;
  return new_logp - new_logp.detach() + RowMeans(log_ratio.detach(), lengths);
}

}  // namespace

PolicyLoss ComputePolicyLoss(const at::Tensor& new_logp, const at::Tensor& old_logp,
                             const at::Tensor& advantages, const PolicyLossOptions& options,
                             const at::Tensor& weights, const at::Tensor& lengths) {
  TORCH_CHECK(new_logp.sizes() == old_logp.sizes() && new_logp.sizes() == advantages.sizes(),
              "policy loss: new_logp, old_logp and advantages must have one shape");
  const at::Tensor old_values = old_logp.detach().to(new_logp.options());
  const at::Tensor advantage = advantages.detach().to(new_logp.options());
  const at::Tensor ratio = LogRatio(new_logp, old_values, options.kind, lengths)
                               .clamp(-kMaxLogRatio, kMaxLogRatio)
                               .exp();
  const at::Tensor bounded_ratio =
      ratio.clamp(1 - options.clip_ratio_low, 1 + options.clip_ratio_high);
  at::Tensor loss, clipped;
  at::Tensor dual_clipped = at::zeros_like(ratio, at::kBool);
  if (options.kind == PolicyLossKind::kCispo) {
    loss = -advantage * bounded_ratio.detach() * new_logp;
    clipped = bounded_ratio != ratio;
  } else {
    const at::Tensor plain = -advantage * ratio;
    const at::Tensor bounded = -advantage * bounded_ratio;
    loss = at::max(plain, bounded);
    clipped = bounded > plain;
    if (options.dual_clip > 0) {
      const at::Tensor most = -advantage * options.dual_clip;
      dual_clipped = (advantage < 0).logical_and(loss.detach() > most);
      loss = at::where(dual_clipped, most, loss);
    }
  }
  if (weights.defined()) {
    TORCH_CHECK(new_logp.sizes() == weights.sizes(),
                "policy loss: weights must have the shape of new_logp");
    loss = loss * weights.detach().to(new_logp.options());
  }
  return {.sum = loss.sum(),
          .ratio = ratio.detach(),
          .clipped = clipped.detach(),
          .dual_clipped = dual_clipped};
}

}  // namespace hir
