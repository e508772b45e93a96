// The formulas of a transformer layer for the training forward pass.
//
// All take float32, bfloat16 or float64 tensors on any device and are differentiable. On a CPU
// float32 and bfloat16 run in fused kernels: one pass, float32 inside, one rounding at the end.
// Shapes: N tokens, H hidden_size, D head_dim, I intermediate_size. Thread-safe.
#ifndef HIR_MODEL_LAYERS_H_
#define HIR_MODEL_LAYERS_H_

#include <ATen/ATen.h>

#include "hir/model/rope.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// x / sqrt(mean(x^2) + eps) * (offset + weight) over the last dimension. `x` [..., W], `weight`
// [W].
at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps, double offset = 0);

// activation(gate) * up of `gate_up` [N, 2 * I] (gate first); returns [N, I].
at::Tensor Gated(const at::Tensor& gate_up, Activation activation);

// Rotates each head of `x` [N, heads, D] by its token's angles (`rope` of N rows): component i is
// paired with i + D / 2, as Hugging Face checkpoints expect. Returns a new tensor.
at::Tensor ApplyRope(const at::Tensor& x, const RopeTable& rope);

}  // namespace hir

#endif  // HIR_MODEL_LAYERS_H_
