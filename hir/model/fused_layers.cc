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
// `norm` is a list since an undefined tensor can't be passed: of one weight, or empty.
struct NormLinearFunction : torch::autograd::Function<NormLinearFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, at::TensorList norm,
                            double eps, double offset, at::TensorList weights,
                            at::TensorList biases) {
    variable_list saved = {x};
    saved.insert(saved.end(), norm.begin(), norm.end());
    saved.insert(saved.end(), weights.begin(), weights.end());
    ctx->save_for_backward(saved);
    ctx->saved_data["normed"] = !norm.empty();
    ctx->saved_data["eps"] = eps;
    ctx->saved_data["offset"] = offset;
    ctx->saved_data["biased"] = !biases.empty();
    return at::linear(norm.empty() ? x : RmsNormRows(x, norm[0], eps, offset),
                      JoinDetached(weights), biases.empty() ? at::Tensor() : JoinDetached(biases));
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const bool normed = ctx->saved_data["normed"].toBool();
    const variable_list weights(saved.begin() + (normed ? 2 : 1), saved.end());
    const double eps = ctx->saved_data["eps"].toDouble();
    const double offset = ctx->saved_data["offset"].toDouble();
    const at::Tensor dout = grads[0].contiguous();
    const at::Tensor din = at::mm(dout, JoinDetached(weights));
    variable_list out = {din};
    if (normed) {
      auto [dx, dnorm] = RmsNormRowsGrad(saved[0], saved[1], din, eps, offset);
      out = {dx, dnorm};
    }
    out.insert(out.end(), {at::Tensor(), at::Tensor()});  // Of eps and offset.
    const std::vector<int64_t> rows = RowCounts(weights);
    // Frozen weights, which low-rank training has, need no product.
    const size_t first = normed ? 2 : 1;
    bool needed = false;
    for (size_t i = 0; i < rows.size(); ++i) needed |= ctx->needs_input_grad(first + i);
    if (needed) {
      const at::Tensor in = normed ? RmsNormRows(saved[0], saved[1], eps, offset) : saved[0];
      const at::Tensor dweight = at::mm(dout.t(), in);
      for (const at::Tensor& part : dweight.split_with_sizes(rows, 0)) out.push_back(part);
    } else {
      out.resize(out.size() + rows.size());
    }
    if (ctx->saved_data["biased"].toBool()) {
      for (const at::Tensor& part : dout.sum(0).split_with_sizes(rows, 0)) out.push_back(part);
    }
    return out;
  }
};

struct GatedLinearFunction : torch::autograd::Function<GatedLinearFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& gate_up, const at::Tensor& down,
                            int64_t activation) {
    ctx->save_for_backward({gate_up, down});
    ctx->saved_data["activation"] = activation;
    return at::linear(GatedRows(gate_up, static_cast<Activation>(activation)), down);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const auto activation = static_cast<Activation>(ctx->saved_data["activation"].toInt());
    const at::Tensor dout = grads[0].contiguous();
    at::Tensor ddown;
    if (ctx->needs_input_grad(1)) ddown = at::mm(dout.t(), GatedRows(saved[0], activation));
    return {GatedRowsGrad(saved[0], activation, at::mm(dout, saved[1])), ddown, at::Tensor()};
  }
};

}  // namespace

at::Tensor JoinRows(const std::vector<at::Tensor>& parts) {
  const bool needs_grad = at::GradMode::is_enabled() &&
                          std::any_of(parts.begin(), parts.end(),
                                      [](const at::Tensor& part) { return part.requires_grad(); });
  return needs_grad ? at::cat(parts, 0) : JoinDetached(parts);
}

at::Tensor NormLinear(const at::Tensor& x, const at::Tensor& norm, double eps, double offset,
                      const std::vector<at::Tensor>& weights,
                      const std::vector<at::Tensor>& biases) {
  if (HasRowKernels(x)) {
    const std::vector<at::Tensor> norms(norm.defined() ? 1 : 0, norm);
    return NormLinearFunction::apply(x, at::TensorList(norms), eps, offset, at::TensorList(weights),
                                     at::TensorList(biases));
  }
  return at::linear(norm.defined() ? RmsNorm(x, norm, eps, offset) : x, JoinRows(weights),
                    biases.empty() ? at::Tensor() : JoinRows(biases));
}

at::Tensor GatedLinear(const at::Tensor& gate_up, const at::Tensor& down, Activation activation) {
  if (HasRowKernels(gate_up)) {
    return GatedLinearFunction::apply(gate_up, down, static_cast<int64_t>(activation));
  }
  return at::linear(Gated(gate_up, activation), down);
}

}  // namespace hir::internal
