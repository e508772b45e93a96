#include "hir/model/layers.h"

#include <torch/torch.h>

#include <cmath>

#include "gtest/gtest.h"
#include "hir/model/qkv.h"
#include "hir/model/test_models.h"

namespace hir {
namespace {

constexpr int64_t kRows = 37;

double RelativeError(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor wide = b.to(at::kDouble);
  return ((a.to(at::kDouble) - wide).norm() / wide.norm()).item<double>();
}

at::Tensor Normal(at::IntArrayRef shape, at::ScalarType dtype) {
  torch::manual_seed(static_cast<uint64_t>(shape[0] * 100 + shape.back()));
  return at::randn(shape, at::kDouble).to(dtype).requires_grad_(true);
}

// Result and gradients of `function` of inputs of `shapes`, in `dtype`.
template <typename Function>
std::vector<at::Tensor> Run(at::ScalarType dtype, const std::vector<std::vector<int64_t>>& shapes,
                            const Function& function) {
  std::vector<at::Tensor> inputs;
  for (const auto& shape : shapes) inputs.push_back(Normal(shape, dtype));
  const at::Tensor out = function(inputs);
  (out * at::sin(at::arange(out.numel(), at::kDouble)).view_as(out).to(dtype)).sum().backward();
  std::vector<at::Tensor> results = {out.detach()};
  for (const at::Tensor& input : inputs) results.push_back(input.grad());
  return results;
}

// The fused kernels (float32, bfloat16) against plain tensor operations in float64.
template <typename Function>
void ExpectKernelsAgree(const std::vector<std::vector<int64_t>>& shapes, const Function& function) {
  const std::vector<at::Tensor> exact = Run(at::kDouble, shapes, function);
  const std::vector<at::Tensor> single = Run(at::kFloat, shapes, function);
  const std::vector<at::Tensor> half = Run(at::kBFloat16, shapes, function);
  for (size_t i = 0; i < exact.size(); ++i) {
    EXPECT_LT(RelativeError(single[i], exact[i]), 2e-6) << i;
    EXPECT_LT(RelativeError(half[i], exact[i]), 0.02) << i;
  }
}

TEST(RmsNorm, KernelsAgreeWithFloat64) {
  ExpectKernelsAgree({{kRows, 45}, {45}},
                     [](const std::vector<at::Tensor>& in) { return RmsNorm(in[0], in[1], 1e-5); });
}

TEST(RmsNorm, KernelsAgreeWithFloat64WhereTheWeightIsADistanceFromOne) {
  ExpectKernelsAgree({{kRows, 45}, {45}}, [](const std::vector<at::Tensor>& in) {
    return RmsNorm(in[0], in[1], 1e-5, 1.0);
  });
}

// bfloat16 has no numbers between 1 and 1 + 2^-7.
TEST(RmsNorm, ASmallWeightIsAddedToOneInFloat32) {
  const at::Tensor x = at::tensor({7.0, 1.0}).to(at::kBFloat16).view({1, 2});
  const at::Tensor weight = at::full({2}, 0x1p-8, at::kBFloat16);
  // 1.4 (1 + 2^-8), where 1.4 itself is rounded to 1.3984375.
  EXPECT_EQ(RmsNorm(x, weight, 0.0, 1.0)[0][0].item<float>(), 1.40625f);
}

constexpr Activation kActivations[] = {Activation::kSilu, Activation::kGeluTanh};

TEST(Gated, KernelsAgreeWithFloat64) {
  for (const Activation activation : kActivations) {
    ExpectKernelsAgree({{kRows, 70}},
                       [&](const std::vector<at::Tensor>& in) { return Gated(in[0], activation); });
  }
}

TEST(Gated, StaysFiniteForHugeGates) {
  for (const Activation activation : kActivations) {
    const at::Tensor gate_up =
        at::tensor({-1e30, -1e4, 1e4, 1e30, 1.0, 1.0, 1.0, 1.0}, at::kFloat).view({1, 8});
    const at::Tensor leaf = gate_up.requires_grad_(true);
    const at::Tensor out = Gated(leaf, activation);
    EXPECT_NEAR(out[0][1].item<float>(), 0.0f, 1e-30);
    EXPECT_EQ(out[0][2].item<float>(), 1e4f);
    EXPECT_EQ(out[0][3].item<float>(), 1e30f);
    out.sum().backward();
    EXPECT_TRUE(at::isfinite(leaf.grad()).all().item<bool>());
  }
}

RopeTable TableFor(at::ScalarType dtype) {
  std::vector<RopePlace> places;
  for (int64_t row = 0; row < kRows; ++row) places.push_back({row, row + 1});
  return Rope(TinyArchitecture(ModelFamily::kLlama))
      .Table(places, dtype == at::kDouble ? at::kDouble : at::kFloat);
}

TEST(ApplyRope, KernelsAgreeWithFloat64) {
  ExpectKernelsAgree({{kRows, 3, 6}}, [](const std::vector<at::Tensor>& in) {
    return ApplyRope(in[0], TableFor(in[0].scalar_type()));
  });
}

TEST(ApplyRope, TakesStridedRows) {
  const at::Tensor wide = Normal({kRows, 5, 6}, at::kFloat).detach();
  const RopeTable table = TableFor(at::kFloat);
  EXPECT_TRUE(at::equal(ApplyRope(wide.narrow(1, 1, 3), table),
                        ApplyRope(wide.narrow(1, 1, 3).contiguous(), table)));
}

TEST(ApplyRope, ScoresDependOnDistanceAlone) {
  const at::Tensor q = at::randn({1, 1, 6}, at::kDouble).expand({kRows, 1, 6});
  const at::Tensor rotated = ApplyRope(q.contiguous(), TableFor(at::kDouble)).squeeze(1);
  const double near_start = (rotated[1] * rotated[4]).sum().item<double>();
  const double further_on = (rotated[30] * rotated[33]).sum().item<double>();
  EXPECT_NEAR(near_start, further_on, 1e-10);
}

TEST(FinishQkv, SplitsTheProjectionForEveryFamily) {
  for (const ModelFamily family : kTestFamilies) {
    const Architecture a = TinyArchitecture(family);
    const LayerWeights layer = TestWeights(a, at::kDouble).layers[0];
    const at::Tensor x = Normal({kRows, a.hidden_size}, at::kDouble).detach();
    const at::Tensor bias =
        a.attention_bias ? at::cat({layer.q_bias, layer.k_bias, layer.v_bias}) : at::Tensor();
    const at::Tensor projected = at::linear(x, at::cat({layer.q, layer.k, layer.v}), bias);
    const Qkv qkv = FinishQkv(a, layer, projected, TableFor(at::kDouble));
    const at::Tensor v = at::linear(x, layer.v, layer.v_bias);
    EXPECT_LT(RelativeError(qkv.v.flatten(1), v), 1e-12);
    EXPECT_EQ(qkv.q.sizes(), at::IntArrayRef({kRows, a.heads, a.head_dim}));
    EXPECT_EQ(qkv.k.sizes(), at::IntArrayRef({kRows, a.kv_heads, a.head_dim}));
  }
}

}  // namespace
}  // namespace hir
