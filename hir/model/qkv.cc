#include "hir/model/qkv.h"

#include <torch/torch.h>

#include <vector>

#include "hir/model/layers.h"
#include "hir/model/row_ops.h"

namespace hir {
namespace {

using internal::HasRowKernels;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct SplitAndRotateFunction : torch::autograd::Function<SplitAndRotateFunction> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& projected,
                               const at::Tensor& cos, const at::Tensor& sin, int64_t heads,
                               int64_t kv_heads) {
    ctx->save_for_backward({cos, sin});
    const int64_t rows = projected.size(0);
    const int64_t head_dim = projected.size(1) / (heads + 2 * kv_heads);
    const at::Tensor all = projected.view({rows, heads + 2 * kv_heads, head_dim});
    at::Tensor q = at::empty({rows, heads, head_dim}, projected.options());
    at::Tensor k = at::empty({rows, kv_heads, head_dim}, projected.options());
    internal::RotateHeads(all.narrow(1, 0, heads), {cos, sin}, 1, q);
    internal::RotateHeads(all.narrow(1, heads, kv_heads), {cos, sin}, 1, k);
    return {q, k, all.narrow(1, heads + kv_heads, kv_heads).clone(at::MemoryFormat::Contiguous)};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const RopeTable rope{saved[0], saved[1]};
    const at::Tensor dq = grads[0].contiguous();
    const at::Tensor dk = grads[1].contiguous();
    const int64_t heads = dq.size(1);
    const int64_t kv_heads = dk.size(1);
    at::Tensor out = at::empty({dq.size(0), heads + 2 * kv_heads, dq.size(2)}, dq.options());
    internal::RotateHeads(dq, rope, -1, out.narrow(1, 0, heads));
    internal::RotateHeads(dk, rope, -1, out.narrow(1, heads, kv_heads));
    out.narrow(1, heads + kv_heads, kv_heads).copy_(grads[2]);
    return {out.view({dq.size(0), -1}), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

// The heads of `projected`, q and k rotated, as one step of autograd that keeps nothing.
// REQUIRES: HasRowKernels(projected).
Qkv SplitAndRotate(const Architecture& a, const at::Tensor& projected, const RopeTable& rope) {
  const variable_list parts = SplitAndRotateFunction::apply(projected.contiguous(), rope.cos,
                                                            rope.sin, a.heads, a.kv_heads);
  return {parts[0], parts[1], parts[2]};
}

}  // namespace

Qkv FinishQkv(const Architecture& a, const LayerWeights& layer, const at::Tensor& projected,
              const RopeTable& rope) {
  if (HasRowKernels(projected) && a.qk_norm == QkNorm::kNone)
    return SplitAndRotate(a, projected, rope);
  const int64_t rows = projected.size(0);
  const std::vector<at::Tensor> parts = projected.split_with_sizes(
      {a.heads * a.head_dim, a.kv_heads * a.head_dim, a.kv_heads * a.head_dim}, 1);
  const auto normed = [&](const at::Tensor& x, const at::Tensor& weight) {
    return RmsNorm(x, weight, a.rms_norm_eps, a.norm_offset);
  };
  at::Tensor q = parts[0];
  at::Tensor k = parts[1];
  if (a.qk_norm == QkNorm::kProjection) {
    q = normed(q, layer.q_norm);
    k = normed(k, layer.k_norm);
  }
  q = q.reshape({rows, a.heads, a.head_dim});
  k = k.reshape({rows, a.kv_heads, a.head_dim});
  if (a.qk_norm == QkNorm::kPerHead) {
    q = normed(q, layer.q_norm);
    k = normed(k, layer.k_norm);
  }
  return {ApplyRope(q, rope), ApplyRope(k, rope), parts[2].reshape({rows, a.kv_heads, a.head_dim})};
}

}  // namespace hir
