// Computes the queries, keys and values of a layer from its projections. Shapes as in layers.h.
#ifndef HIR_MODEL_QKV_H_
#define HIR_MODEL_QKV_H_

#include <ATen/ATen.h>

#include "hir/model/rope.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// Queries, keys and values of one layer, after bias, qk-norm and rope.
struct Qkv {
  at::Tensor q;  // [N, heads, D]
  at::Tensor k;  // [N, kv_heads, D]
  at::Tensor v;  // [N, kv_heads, D]
};

// `projected` [N, (heads + 2 * kv_heads) * D]: q, k and v side by side, with their biases.
Qkv FinishQkv(const Architecture& architecture, const LayerWeights& layer,
              const at::Tensor& projected, const RopeTable& rope);

}  // namespace hir

#endif  // HIR_MODEL_QKV_H_
