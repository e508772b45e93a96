#include "hir/model/layers.h"

#include <torch/torch.h>

#include <vector>

#include "hir/model/row_ops.h"

namespace hir {
namespace {

using internal::HasRowKernels;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::ScalarType WideType(const at::Tensor& t) {
  return t.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

struct RmsNormFunction : torch::autograd::Function<RmsNormFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            double eps, double offset) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["eps"] = eps;
    ctx->saved_data["offset"] = offset;
    return internal::RmsNormRows(x, weight, eps, offset);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    auto [dx, dweight] =
        internal::RmsNormRowsGrad(saved[0], saved[1], grads[0], ctx->saved_data["eps"].toDouble(),
                                  ctx->saved_data["offset"].toDouble());
    return {dx, dweight, at::Tensor(), at::Tensor()};
  }
};

struct GatedFunction : torch::autograd::Function<GatedFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& gate_up, int64_t activation) {
    ctx->save_for_backward({gate_up});
    ctx->saved_data["activation"] = activation;
    return internal::GatedRows(gate_up, static_cast<Activation>(activation));
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto activation = static_cast<Activation>(ctx->saved_data["activation"].toInt());
    return {internal::GatedRowsGrad(ctx->get_saved_variables()[0], activation, grads[0]),
            at::Tensor()};
  }
};

struct RopeFunction : torch::autograd::Function<RopeFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    ctx->save_for_backward({cos, sin});
    at::Tensor out = at::empty(x.sizes(), x.options());
    internal::RotateHeads(x, {cos, sin}, 1, out);
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor dout = grads[0].contiguous();
    at::Tensor dx = at::empty_like(dout);
    internal::RotateHeads(dout, {saved[0], saved[1]}, -1, dx);
    return {dx, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps, double offset) {
  if (HasRowKernels(x)) return RmsNormFunction::apply(x, weight, eps, offset);
  const at::Tensor wide = x.to(WideType(x));
  const at::Tensor scale = at::rsqrt(wide.square().mean(-1, /*keepdim=*/true) + eps);
  return (wide * scale * (weight.to(wide.scalar_type()) + offset)).to(x.scalar_type());
}

at::Tensor Gated(const at::Tensor& gate_up, Activation activation) {
  if (HasRowKernels(gate_up)) {
    return GatedFunction::apply(gate_up, static_cast<int64_t>(activation));
  }
  const std::vector<at::Tensor> parts = gate_up.chunk(2, -1);
  const bool silu = activation == Activation::kSilu;
  return (silu ? at::silu(parts[0]) : at::gelu(parts[0], "tanh")) * parts[1];
}

at::Tensor ApplyRope(const at::Tensor& x, const RopeTable& rope) {
  if (HasRowKernels(x)) {
    const bool heads_side_by_side = x.stride(2) == 1 && x.stride(1) == x.size(2);
    return RopeFunction::apply(heads_side_by_side ? x : x.contiguous(), rope.cos, rope.sin);
  }
  const std::vector<at::Tensor> halves = x.to(rope.cos.scalar_type()).chunk(2, -1);
  const at::Tensor cos = rope.cos.unsqueeze(1);
  const at::Tensor sin = rope.sin.unsqueeze(1);
  return at::cat({halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin}, -1)
      .to(x.scalar_type());
}

}  // namespace hir
