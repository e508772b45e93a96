#include "hir/model/fused_layers.h"

#include <torch/torch.h>

#include <algorithm>

#include "hir/model/layers.h"
#include "hir/model/row_ops.h"

namespace hir::internal {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<int64_t> RowCounts(const variable_list& parts) {
  std::vector<int64_t> counts;
  for (const at::Tensor& part : parts) counts.push_back(part.size(0));
  return counts;
}

bool LieTogether(at::TensorList parts) {
  const at::Tensor& first = parts[0];
  int64_t offset = first.storage_offset();
  for (const at::Tensor& part : parts) {
    if (!part.is_contiguous() || !part.storage().is_alias_of(first.storage()) ||
        part.storage_offset() != offset) {
      return false;
    }
    offset += part.numel();
  }
  return true;
}

// Joins without autograd, for functions that have their own backward pass.
at::Tensor JoinDetached(at::TensorList parts) {
  const at::AutoDispatchBelowADInplaceOrView below;
  if (!LieTogether(parts)) return at::cat(parts, 0);
  std::vector<int64_t> sizes = parts[0].sizes().vec();
  sizes[0] = 0;
  for (const at::Tensor& part : parts) sizes[0] += part.size(0);
  return parts[0].as_strided(sizes, parts[0].strides());
}

// Lists of tensors are passed as at::TensorList, the only container that autograd looks into.
struct NormLinearFunction : torch::autograd::Function<NormLinearFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& norm,
                            double eps, at::TensorList weights, at::TensorList biases) {
    variable_list saved = {x, norm};
    saved.insert(saved.end(), weights.begin(), weights.end());
    ctx->save_for_backward(saved);
    ctx->saved_data["eps"] = eps;
    ctx->saved_data["biased"] = !biases.empty();
    return at::linear(RmsNormRows(x, norm, eps), JoinDetached(weights),
                      biases.empty() ? at::Tensor() : JoinDetached(biases));
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const variable_list weights(saved.begin() + 2, saved.end());
    const double eps = ctx->saved_data["eps"].toDouble();
    const at::Tensor dout = grads[0].contiguous();
    const at::Tensor normed = RmsNormRows(saved[0], saved[1], eps);
    const at::Tensor dweight = at::mm(dout.t(), normed);
    auto [dx, dnorm] =
        RmsNormRowsGrad(saved[0], saved[1], at::mm(dout, JoinDetached(weights)), eps);
    variable_list out = {dx, dnorm, at::Tensor()};
    const std::vector<int64_t> rows = RowCounts(weights);
    for (const at::Tensor& part : dweight.split_with_sizes(rows, 0)) out.push_back(part);
    if (ctx->saved_data["biased"].toBool()) {
      for (const at::Tensor& part : dout.sum(0).split_with_sizes(rows, 0)) out.push_back(part);
    }
    return out;
  }
};

struct SwiGluLinearFunction : torch::autograd::Function<SwiGluLinearFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& gate_up,
                            const at::Tensor& down) {
    ctx->save_for_backward({gate_up, down});
    return at::linear(SwiGluRows(gate_up), down);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor dout = grads[0].contiguous();
    const at::Tensor ddown = at::mm(dout.t(), SwiGluRows(saved[0]));
    return {SwiGluRowsGrad(saved[0], at::mm(dout, saved[1])), ddown};
  }
};

}  // namespace

at::Tensor JoinRows(const std::vector<at::Tensor>& parts) {
  const bool needs_grad = at::GradMode::is_enabled() &&
                          std::any_of(parts.begin(), parts.end(),
                                      [](const at::Tensor& part) { return part.requires_grad(); });
  return needs_grad ? at::cat(parts, 0) : JoinDetached(parts);
}

at::Tensor NormLinear(const at::Tensor& x, const at::Tensor& norm, double eps,
                      const std::vector<at::Tensor>& weights,
                      const std::vector<at::Tensor>& biases) {
  if (HasRowKernels(x))
    return NormLinearFunction::apply(x, norm, eps, at::TensorList(weights), at::TensorList(biases));
  return at::linear(RmsNorm(x, norm, eps), JoinRows(weights),
                    biases.empty() ? at::Tensor() : JoinRows(biases));
}

at::Tensor SwiGluLinear(const at::Tensor& gate_up, const at::Tensor& down) {
  if (HasRowKernels(gate_up)) return SwiGluLinearFunction::apply(gate_up, down);
  return at::linear(SwiGlu(gate_up), down);
}

}  // namespace hir::internal
