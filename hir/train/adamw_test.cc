#include "hir/train/adamw.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hir {
namespace {

// Oracle: the paper's update for one weight, in doubles.
double TwoSteps(double weight, double gradient, const OptimizerConfig& o) {
  double first = 0, second = 0;
  for (int t = 1; t <= 2; ++t) {
    first = o.beta1 * first + (1 - o.beta1) * gradient;
    second = o.beta2 * second + (1 - o.beta2) * gradient * gradient;
    const double m = first / (1 - std::pow(o.beta1, t));
    const double v = second / (1 - std::pow(o.beta2, t));
    weight -= o.lr * (m / (std::sqrt(v) + o.eps) + o.weight_decay * weight);
  }
  return weight;
}

TEST(AdamWStep, FollowsTheFormula) {
  const OptimizerConfig options{.lr = 0.1, .weight_decay = 0.5};
  const at::Tensor weights = at::full({37}, 2.0, at::kFloat);
  const at::Tensor gradients = at::full({37}, -0.3, at::kFloat);
  AdamWState state(weights);
  AdamWStep(weights, gradients, options.lr, options, state);
  AdamWStep(weights, gradients, options.lr, options, state);
  EXPECT_EQ(state.updates, 2);
  EXPECT_NEAR(weights[36].item<double>(), TwoSteps(2, -0.3, options), 1e-5);
}

// A step of 1e-6 at 1.0 is below bfloat16's resolution; float32 master weights keep it.
TEST(AdamWStep, KeepsTinySteps) {
  const at::Tensor weights = at::ones({1});
  AdamWState state(weights);
  AdamWStep(weights, at::ones({1}), /*lr=*/1e-6, {.weight_decay = 0}, state);
  EXPECT_NEAR(1 - weights.item<double>(), 1e-6, 1e-7);
}

TEST(ClipGlobalNorm, ShortensOnlyWhatIsLonger) {
  const at::Tensor gradients = at::tensor({3.0f, 4.0f});
  EXPECT_DOUBLE_EQ(ClipGlobalNorm(gradients, 10), 5);
  EXPECT_DOUBLE_EQ(GlobalNorm(gradients), 5);
  EXPECT_DOUBLE_EQ(ClipGlobalNorm(gradients, 1), 5);
  EXPECT_NEAR(GlobalNorm(gradients), 1, 1e-6);
}

TEST(ClipGlobalNorm, LeavesGradientsAloneWithoutABound) {
  const at::Tensor gradients = at::tensor({3.0f, 4.0f});
  EXPECT_DOUBLE_EQ(ClipGlobalNorm(gradients, 0), 5);
  EXPECT_DOUBLE_EQ(GlobalNorm(gradients), 5);
}

}  // namespace
}  // namespace hir
