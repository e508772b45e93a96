// The loss of a batch of tokens with everything that objective.* adds to it, as a sum:
//
//   sum over tokens of a * (w * l + kl_coef * k - entropy_coef * H)
//
// with l of policy_loss.h, the importance weight w of importance.h, the KL estimate k of kl.h, the
// entropy H of the policy and the weight a of aggregation.h. Pure; thread-safe.
#ifndef HIR_OBJECTIVE_UPDATE_LOSS_H_
#define HIR_OBJECTIVE_UPDATE_LOSS_H_

#include <torch/torch.h>

#include "hir/config/run_config.h"
#include "hir/objective/policy_loss.h"

namespace hir {

// Whole rows, concatenated in flat tensors [tokens] on one device.
struct UpdateTokens {
  at::Tensor new_logp;   // Differentiated.
  at::Tensor entropies;  // Differentiated; undefined without an entropy bonus.
  at::Tensor old_logp;
  at::Tensor advantages;
  at::Tensor importance_weights;  // Undefined: 1 each.
  at::Tensor reference_logp;      // Undefined without a KL penalty in the loss.
  at::Tensor lengths;             // int64 [rows]: tokens of each.
};

// The loss and its parts; scalars of new_logp's type.
struct UpdateLoss {
  PolicyLoss policy;  // Its sum is that of a * w * l.
  at::Tensor kl;      // The sum of a * k; undefined without a KL penalty in the loss.
  at::Tensor sum;     // The whole.
};

// Throws c10::Error when the shapes differ.
UpdateLoss ComputeUpdateLoss(const UpdateTokens& tokens, const ObjectiveConfig& objective);

}  // namespace hir

#endif  // HIR_OBJECTIVE_UPDATE_LOSS_H_
