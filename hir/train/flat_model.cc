#include "hir/train/flat_model.h"

#include <cmath>
#include <map>
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

// Turns a finished gradient of an adapted weight into those of its adapter.
class ProjectGradient : public torch::autograd::PostAccumulateGradHook {
 public:
  ProjectGradient(LoraAdapter adapter, LoraAdapter gradients, double scale)
      : adapter_(std::move(adapter)), gradients_(std::move(gradients)), scale_(scale) {}
  void operator()(const at::Tensor& weight) override {
    const at::NoGradGuard no_grad;
    const at::Tensor gradient = weight.grad().to(at::kFloat);
    gradients_.a.addmm_(adapter_.b.t(), gradient, 1, scale_);
    gradients_.b.addmm_(gradient, adapter_.a.t(), 1, scale_);
    weight.mutable_grad().reset();
  }

 private:
  LoraAdapter adapter_;
  LoraAdapter gradients_;
  double scale_;
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
                     at::ScalarType compute_type, const LoraOptions& lora)
    : architecture_(architecture) {
  const at::NoGradGuard no_grad;
  if (lora.rank == 0) {
    TrainWeights(weights, compute_type);
  } else {
    TrainAdapters(weights, compute_type, lora);
  }
  RefreshCompute();
}

void FlatModel::TrainWeights(const ModelWeights& weights, at::ScalarType compute_type) {
  const at::TensorOptions options = weights.embedding.options().dtype(at::kFloat);
  const int64_t parameters = ParameterCount(architecture_);
  master_ = at::empty({parameters}, options);
  gradients_ = at::zeros({parameters}, options);
  compute_flat_ =
      compute_type == at::kFloat ? master_ : at::empty({parameters}, options.dtype(compute_type));
  compute_ = ForEachInOrder(weights, [&](const at::Tensor& tensor, int64_t offset) {
    ViewOf(master_, tensor, offset).copy_(tensor);
    Append(tensor, ranges_);
    return Leaf(tensor, offset, std::make_unique<MoveGradient>(ViewOf(gradients_, tensor, offset)));
  });
}

void FlatModel::TrainAdapters(const ModelWeights& weights, at::ScalarType compute_type,
                              const LoraOptions& lora) {
  base_ = weights.Transformed([&](const std::string&, const at::Tensor& tensor) {
    return tensor.detach().to(compute_type);
  });
  const std::vector<AdaptedWeight> places = AdaptedWeights(architecture_, lora.targets);
  const at::TensorOptions options = weights.embedding.options().dtype(at::kFloat);
  const int64_t parameters = AdapterParameters(places, lora.rank);
  master_ = at::empty({parameters}, options);
  gradients_ = at::zeros({parameters}, options);
  ranges_ = {{.begin = 0, .length = parameters, .decays = true}};
  adapters_ = NewAdapters(places, lora.rank, lora.alpha, lora.seed);
  // Weights by name, with the number of their adapter.
  std::map<std::string, size_t> adapter_of;
  std::vector<LoraAdapter> gradients;
  int64_t offset = 0;
  const auto place = [&](at::Tensor& tensor) {
    const at::Tensor values = ViewOf(master_, tensor, offset);
    values.copy_(tensor);
    const at::Tensor gradient = ViewOf(gradients_, tensor, offset);
    offset += tensor.numel();
    tensor = values;
    return gradient;
  };
  int64_t adapted = 0;
  for (LoraAdapter& adapter : adapters_->adapters) {
    adapter_of[adapter.module + ".weight"] = gradients.size();
    const at::Tensor gradient_of_a = place(adapter.a);
    gradients.push_back({adapter.module, gradient_of_a, place(adapter.b)});
    adapted += adapter.b.size(0) * adapter.a.size(1);
  }
  compute_flat_ = at::empty({adapted}, options.dtype(compute_type));
  merges_.resize(gradients.size());
  int64_t merged = 0;
  compute_ = base_->Transformed([&](const std::string& name, const at::Tensor& tensor) {
    const auto found = adapter_of.find(name);
    if (found == adapter_of.end()) return tensor;
    const size_t i = found->second;
    merges_[i] = {tensor, ViewOf(compute_flat_, tensor, merged)};
    const at::Tensor leaf = Leaf(tensor, merged,
                                 std::make_unique<ProjectGradient>(
                                     adapters_->adapters[i], gradients[i], adapters_->scale()));
    merged += tensor.numel();
    return leaf;
  });
}

at::Tensor FlatModel::Leaf(const at::Tensor& like, int64_t offset,
                           std::unique_ptr<torch::autograd::PostAccumulateGradHook> hook) const {
  at::Tensor leaf = ViewOf(compute_flat_, like, offset).detach().requires_grad_();
  torch::autograd::impl::set_post_acc_grad_hooks(leaf, std::move(hook));
  return leaf;
}

void FlatModel::RefreshCompute() {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < merges_.size(); ++i) {
    merges_[i].merged.copy_(
        MergedWeight(merges_[i].base, adapters_->adapters[i], adapters_->scale()));
  }
  if (merges_.empty() && !compute_flat_.is_same(master_)) compute_flat_.copy_(master_);
}

bool FlatModel::IsFinite() const {
  // aminmax() returns NaN for both if any value is NaN.
  const auto [least, greatest] = at::aminmax(compute_flat_);
  return std::isfinite(least.item<double>()) && std::isfinite(greatest.item<double>());
}

}  // namespace hir
