#include "hir/model/log_probs.h"

#include <torch/torch.h>

#include "gtest/gtest.h"

namespace hir {
namespace {

constexpr int64_t kRows = 13;
constexpr int64_t kVocabulary = 1037;  // Not a multiple of a vector register's width.
constexpr double kTemperature = 0.7;

struct Inputs {
  at::Tensor hidden, head, targets;
};

Inputs MakeInputs(at::ScalarType dtype) {
  torch::manual_seed(4);
  return {at::randn({kRows, 24}, at::kDouble).to(dtype),
          at::randn({kVocabulary, 24}, at::kDouble).to(dtype),
          at::randint(0, kVocabulary, {kRows}, at::kLong)};
}

at::Tensor Naive(const Inputs& inputs) {
  const at::Tensor logits = at::mm(inputs.hidden.to(at::kDouble), inputs.head.to(at::kDouble).t());
  const at::Tensor all = at::log_softmax(logits / kTemperature, -1);
  return all.gather(1, inputs.targets.unsqueeze(1)).squeeze(1);
}

double Distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// Gradients of sum(weights * log_probs) by hidden and head.
template <typename Function>
std::pair<at::Tensor, at::Tensor> Gradients(Inputs inputs, const Function& log_probs) {
  inputs.hidden = inputs.hidden.detach().clone().requires_grad_(true);
  inputs.head = inputs.head.detach().clone().requires_grad_(true);
  const at::Tensor values = log_probs(inputs);
  (values * at::cos(at::arange(kRows, values.options()))).sum().backward();
  return {inputs.hidden.grad(), inputs.head.grad()};
}

TEST(TokenLogProbs, EqualsNaiveInFloat32) {
  const Inputs inputs = MakeInputs(at::kFloat);
  const at::Tensor values = TokenLogProbs(inputs.hidden, inputs.head, inputs.targets, kTemperature);
  EXPECT_EQ(values.scalar_type(), at::kFloat);
  EXPECT_LT(Distance(values, Naive(inputs)), 2e-5);
}

TEST(TokenLogProbs, EqualsNaiveInFloat64) {
  const Inputs inputs = MakeInputs(at::kDouble);
  EXPECT_LT(Distance(TokenLogProbs(inputs.hidden, inputs.head, inputs.targets, kTemperature),
                     Naive(inputs)),
            1e-12);
}

TEST(TokenLogProbs, IsCloseToNaiveInBfloat16) {
  const Inputs inputs = MakeInputs(at::kBFloat16);
  // Logits of magnitude 20 are rounded to 8 bits and divided by the temperature.
  EXPECT_LT(Distance(TokenLogProbs(inputs.hidden, inputs.head, inputs.targets, kTemperature),
                     Naive(inputs)),
            0.2);
}

TEST(TokenLogProbs, ChunksChangeNothing) {
  const Inputs inputs = MakeInputs(at::kFloat);
  const at::Tensor whole = TokenLogProbs(inputs.hidden, inputs.head, inputs.targets, kTemperature);
  const at::Tensor chunked =
      TokenLogProbs(inputs.hidden, inputs.head, inputs.targets, kTemperature, 4);
  EXPECT_LT(Distance(whole, chunked), 1e-5);
}

TEST(TokenLogProbs, GradientsEqualNaiveInFloat64WhateverTheChunk) {
  const Inputs inputs = MakeInputs(at::kDouble);
  const auto [naive_hidden, naive_head] = Gradients(inputs, Naive);
  for (const int64_t chunk_rows : {1, 5, 13, 100}) {
    const auto [hidden, head] = Gradients(inputs, [&](const Inputs& in) {
      return TokenLogProbs(in.hidden, in.head, in.targets, kTemperature, chunk_rows);
    });
    EXPECT_LT(Distance(hidden, naive_hidden), 1e-12) << chunk_rows;
    EXPECT_LT(Distance(head, naive_head), 1e-12) << chunk_rows;
  }
}

TEST(TokenLogProbs, GradientsEqualNaiveInFloat32) {
  const Inputs inputs = MakeInputs(at::kFloat);
  const auto [naive_hidden, naive_head] = Gradients(inputs, Naive);
  const auto [hidden, head] = Gradients(inputs, [](const Inputs& in) {
    return TokenLogProbs(in.hidden, in.head, in.targets, kTemperature, 4);
  });
  EXPECT_LT(Distance(hidden, naive_hidden), 1e-4);
  EXPECT_LT(Distance(head, naive_head), 1e-4);
}

TEST(TokenLogProbs, BackwardMayRunTwiceOverOneGraph) {
  Inputs inputs = MakeInputs(at::kFloat);
  inputs.hidden.requires_grad_(true);
  const at::Tensor sum =
      TokenLogProbs(inputs.hidden, inputs.head, inputs.targets, kTemperature).sum();
  sum.backward({}, /*retain_graph=*/true);
  const at::Tensor once = inputs.hidden.grad().clone();
  sum.backward();
  EXPECT_LT(Distance(inputs.hidden.grad(), once * 2), 1e-6);
}

}  // namespace
}  // namespace hir
