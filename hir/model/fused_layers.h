// Parts of a layer that are differentiated as one, so that intermediate results are recomputed in
// the backward pass instead of being kept. Shapes as in layers.h.
#ifndef HIR_MODEL_FUSED_LAYERS_H_
#define HIR_MODEL_FUSED_LAYERS_H_

#include <ATen/ATen.h>

#include <vector>

#include "hir/model_folder/architecture.h"

namespace hir::internal {

// The matrices or vectors stacked on each other. No copy if they already are contiguous in that
// order (see JoinProjections()); else a copy. Differentiable.
at::Tensor JoinRows(const std::vector<at::Tensor>& parts);

// linear(RmsNorm(x, norm, eps, offset), joined weights, joined biases): [N, H] -> [N, sum of rows].
// No norm if `norm` is undefined. `biases` is empty or as long as `weights`. Keeps only `x`.
at::Tensor NormLinear(const at::Tensor& x, const at::Tensor& norm, double eps, double offset,
                      const std::vector<at::Tensor>& weights,
                      const std::vector<at::Tensor>& biases);

// linear(Gated(gate_up, activation), down): [N, 2 * I] -> [N, H]. Keeps only `gate_up`.
at::Tensor GatedLinear(const at::Tensor& gate_up, const at::Tensor& down, Activation activation);

}  // namespace hir::internal

#endif  // HIR_MODEL_FUSED_LAYERS_H_
