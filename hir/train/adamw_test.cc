#include "hir/train/adamw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/model/weights.h"
#include "hir/train/flat_model.h"
#include "hir/train/tiny_batch.h"
#include "nlohmann/json.hpp"

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
  AdamWStep(weights, gradients, {{.begin = 0, .length = 37}}, options.lr, options, state);
  AdamWStep(weights, gradients, {{.begin = 0, .length = 37}}, options.lr, options, state);
  EXPECT_EQ(state.updates, 2);
  EXPECT_NEAR(weights[36].item<double>(), TwoSteps(2, -0.3, options), 1e-5);
}

// Made by tools/goldens/weight_decay.py.
TEST(AdamWStep, LeavesNormsAndBiasesWithoutDecayAsTransformersDoes) {
  const auto golden = ParseJson(*ReadFile(HIR_SOURCE_DIR "/tools/goldens/weight_decay.json"));
  ASSERT_TRUE(golden.ok()) << golden.status();
  std::vector<at::Tensor> before, after;
  std::vector<std::vector<at::Tensor>> gradients(3);
  std::vector<ParameterRange> ranges;
  const auto tensor = [](const nlohmann::json& values) {
    return at::tensor(values.get<std::vector<double>>(), at::kDouble);
  };
  for (const nlohmann::json& t : golden->at("tensors")) {
    before.push_back(tensor(t.at("before")));
    after.push_back(tensor(t.at("after")));
    for (size_t i = 0; i < gradients.size(); ++i) {
      gradients[i].push_back(tensor(t.at("gradients")[i]));
    }
    const int64_t begin = ranges.empty() ? 0 : ranges.back().begin + ranges.back().length;
    ranges.push_back({begin, before.back().numel(), t.at("decays")});
  }
  const at::Tensor parameters = at::cat(before);
  AdamWState state(parameters);
  for (const std::vector<at::Tensor>& of_update : gradients) {
    AdamWStep(parameters, at::cat(of_update), ranges, golden->at("lr"),
              {.weight_decay = golden->at("weight_decay")}, state);
  }
  EXPECT_LT((parameters - at::cat(after)).abs().max().item<double>(), 1e-12);
}

// The golden's rule, by names, is the model's, by dimensions.
TEST(FlatModel, LetsAllButNormsAndBiasesDecay) {
  Architecture architecture = TinyArchitecture();
  architecture.attention_bias = true;
  architecture.qk_norm = QkNorm::kPerHead;
  const ModelWeights weights = RandomWeights(architecture, 1);
  const FlatModel model(architecture, weights, at::kFloat);
  int64_t offset = 0;
  size_t range = 0;
  for (const auto& [name, tensor] : weights.Named()) {
    while (offset >= model.ranges()[range].begin + model.ranges()[range].length) ++range;
    const bool spared = name.ends_with(".bias") || name.find("norm") != std::string::npos;
    EXPECT_EQ(model.ranges()[range].decays, !spared) << name;
    offset += tensor.numel();
  }
  EXPECT_EQ(offset, model.ranges().back().begin + model.ranges().back().length);
}

// A step of 1e-6 at 1.0 is below bfloat16's resolution; float32 master weights keep it.
TEST(AdamWStep, KeepsTinySteps) {
  const at::Tensor weights = at::ones({1});
  AdamWState state(weights);
  AdamWStep(weights, at::ones({1}), {{.begin = 0, .length = 1}}, /*lr=*/1e-6, {.weight_decay = 0},
            state);
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
