#include "hir/train/flat_model.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>

namespace hir {
namespace {

// Moves a finished gradient into its place in the flat buffer.
class MoveGradient : public torch::autograd::PostAccumulateGradHook {
 public:
  explicit MoveGradient(at::Tensor target) : target_(std::move(target)) {}
  void operator()(const at::Tensor& parameter) override {
    target_.add_(parameter.grad());
    parameter.mutable_grad().reset();
  }

 private:
  at::Tensor target_;
};

// Calls `visit(tensor, offset)` for every tensor of `weights` in flat order.
template <typename Visit>
ModelWeights ForEachInOrder(const ModelWeights& weights, Visit visit) {
  int64_t offset = 0;
  return weights.Transformed([&](const std::string&, const at::Tensor& tensor) {
    at::Tensor result = visit(tensor, offset);
    offset += tensor.numel();
    return result;
  });
}

// Appends a tensor's parameters to `ranges`, to the last range if it is alike.
void Append(const at::Tensor& tensor, std::vector<ParameterRange>& ranges) {
  const bool decays = tensor.dim() > 1;
  if (ranges.empty() || ranges.back().decays != decays) {
    const int64_t begin = ranges.empty() ? 0 : ranges.back().begin + ranges.back().length;
    ranges.push_back({.begin = begin, .length = 0, .decays = decays});
  }
  ranges.back().length += tensor.numel();
}

at::Tensor ViewOf(const at::Tensor& flat, const at::Tensor& like, int64_t offset) {
  return flat.narrow(0, offset, like.numel()).view(like.sizes());
}

}  // namespace

FlatModel::FlatModel(const Architecture& architecture, const ModelWeights& weights,
                     at::ScalarType compute_type)
    : architecture_(architecture) {
  const at::NoGradGuard no_grad;
  const at::TensorOptions options = weights.embedding.options().dtype(at::kFloat);
  const int64_t parameters = ParameterCount(architecture);
  master_ = at::empty({parameters}, options);
  gradients_ = at::zeros({parameters}, options);
  compute_flat_ =
      compute_type == at::kFloat ? master_ : at::empty({parameters}, options.dtype(compute_type));
  compute_ = ForEachInOrder(weights, [&](const at::Tensor& tensor, int64_t offset) {
    ViewOf(master_, tensor, offset).copy_(tensor);
    Append(tensor, ranges_);
    at::Tensor leaf = ViewOf(compute_flat_, tensor, offset).detach().requires_grad_();
    torch::autograd::impl::set_post_acc_grad_hooks(
        leaf, std::make_unique<MoveGradient>(ViewOf(gradients_, tensor, offset)));
    return leaf;
  });
  RefreshCompute();
}

void FlatModel::RefreshCompute() {
  const at::NoGradGuard no_grad;
  if (!compute_flat_.is_same(master_)) compute_flat_.copy_(master_);
}

bool FlatModel::IsFinite() const {
  // aminmax() returns NaN for both if any value is NaN.
  const auto [least, greatest] = at::aminmax(compute_flat_);
  return std::isfinite(least.item<double>()) && std::isfinite(greatest.item<double>());
}

}  // namespace hir
