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
                            double eps) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["eps"] = eps;
    return internal::RmsNormRows(x, weight, eps);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    auto [dx, dweight] =
        internal::RmsNormRowsGrad(saved[0], saved[1], grads[0], ctx->saved_data["eps"].toDouble());
    return {dx, dweight, at::Tensor()};
  }
};

struct SwiGluFunction : torch::autograd::Function<SwiGluFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& gate_up) {
    ctx->save_for_backward({gate_up});
    return internal::SwiGluRows(gate_up);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {internal::SwiGluRowsGrad(ctx->get_saved_variables()[0], grads[0])};
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

at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  if (HasRowKernels(x)) return RmsNormFunction::apply(x, weight, eps);
  const at::Tensor wide = x.to(WideType(x));
  const at::Tensor scale = at::rsqrt(wide.square().mean(-1, /*keepdim=*/true) + eps);
  return (wide * scale * weight.to(wide.scalar_type())).to(x.scalar_type());
}

at::Tensor SwiGlu(const at::Tensor& gate_up) {
  if (HasRowKernels(gate_up)) return SwiGluFunction::apply(gate_up);
  // Rounded once, as the kernels do, so that a model computes the same on every device.
  const std::vector<at::Tensor> parts = gate_up.to(WideType(gate_up)).chunk(2, -1);
  return (at::silu(parts[0]) * parts[1]).to(gate_up.scalar_type());
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
