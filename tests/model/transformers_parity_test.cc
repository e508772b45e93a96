// Compares logits and gradients with Transformers', on small random models of each family and on
// recorded logits of SmolLM2. Made by tools/make_model_fixtures.py.
#include <ATen/ATen.h>
#include <torch/torch.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "hir/model/forward.h"
#include "hir/model/log_probs.h"
#include "hir/model/safetensors.h"
#include "hir/model/weights.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

const char kFixtures[] = HIR_SOURCE_DIR "/tests/fixtures/models";
constexpr double kTolerance = 1e-4;  // Relative to the largest value, in float32.

PackedBatch BatchOf(const at::Tensor& tokens) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < tokens.size(0); ++i) {
    ids.push_back(static_cast<int32_t>(tokens[i].item<float>()));
  }
  PackedBatchBuilder builder;
  builder.Add(ids);
  return builder.Build();
}

// Logits [N, vocabulary] of the model in `folder` for `tokens` [N].
at::Tensor LogitsOf(const std::string& folder, const at::Tensor& tokens) {
  const auto architecture = ReadArchitecture(folder);
  EXPECT_TRUE(architecture.ok()) << architecture.status();
  const auto weights = LoadWeights(folder, *architecture, at::kFloat);
  EXPECT_TRUE(weights.ok()) << weights.status();
  const at::NoGradGuard no_grad;
  return at::linear(Hidden(*architecture, *weights, BatchOf(tokens)), weights->head);
}

class TransformersParity : public ::testing::TestWithParam<const char*> {};

TEST_P(TransformersParity, LogitsAgree) {
  const std::string folder = std::string(kFixtures) + "/" + GetParam();
  const auto expected = SafetensorsFile::Open(folder + "/expected.safetensors");
  ASSERT_TRUE(expected.ok()) << expected.status();
  const auto tokens = ReadTensor(*expected, "tokens", {24}, at::kFloat);
  const auto logits = ReadTensor(*expected, "logits", {24, 64}, at::kFloat);
  ASSERT_TRUE(tokens.ok() && logits.ok()) << tokens.status() << logits.status();
  const at::Tensor difference = (LogitsOf(folder, *tokens) - *logits).abs();
  EXPECT_LT(difference.max().item<double>(), kTolerance * logits->abs().max().item<double>());
}

TEST_P(TransformersParity, GradientsOfEveryWeightAgree) {
  const std::string folder = std::string(kFixtures) + "/" + GetParam();
  const auto expected = SafetensorsFile::Open(folder + "/expected.safetensors");
  ASSERT_TRUE(expected.ok()) << expected.status();
  const auto architecture = ReadArchitecture(folder);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  const ModelWeights weights = LoadWeights(folder, *architecture, at::kFloat)
                                   ->Transformed([](const std::string&, const at::Tensor& tensor) {
                                     return tensor.detach().clone().requires_grad_();
                                   });
  const PackedBatch batch = BatchOf(ReadTensor(*expected, "tokens", {24}, at::kFloat).value());
  const at::Tensor hidden = Hidden(*architecture, weights, batch);
  (-TokenLogProbs(hidden.narrow(0, 0, 23), weights.head, batch.tokens.slice(0, 1), 1.0).mean())
      .backward();
  for (const auto& [name, tensor] : weights.Named()) {
    const auto gradient =
        ReadTensor(*expected, "gradient." + name, tensor.sizes().vec(), at::kFloat);
    ASSERT_TRUE(gradient.ok()) << gradient.status();
    EXPECT_LT((tensor.grad() - *gradient).abs().max().item<double>(),
              kTolerance * gradient->abs().max().item<double>() + 1e-9)
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, TransformersParity,
                         ::testing::Values("llama", "llama_scaled", "qwen2", "qwen2_sharded",
                                           "qwen3", "mistral", "mistral_without_window", "gemma3",
                                           "gemma3_as_published", "olmo2", "olmo2_with_biases"),
                         [](const auto& info) { return std::string(info.param); });

TEST(SmolLm2, LogitsAgreeWithTransformers) {
  const std::string folder = HIR_DEPS_DIR "/models/SmolLM2-135M-Instruct";
  if (!std::filesystem::exists(folder + "/config.json")) {
    GTEST_SKIP() << folder << " is not prepared; make test does it.";
  }
  const auto golden = SafetensorsFile::Open(std::string(kFixtures) + "/smollm2_golden.safetensors");
  ASSERT_TRUE(golden.ok()) << golden.status();
  const auto tokens = ReadTensor(*golden, "tokens", {48}, at::kFloat);
  const auto positions = ReadTensor(*golden, "positions", {5}, at::kFloat);
  const auto expected = ReadTensor(*golden, "logits", {5, 1329}, at::kFloat);
  const auto largest = ReadTensor(*golden, "largest", {5}, at::kFloat);
  ASSERT_TRUE(tokens.ok() && positions.ok() && expected.ok() && largest.ok());
  const at::Tensor logits = LogitsOf(folder, *tokens)
                                .index_select(0, positions->to(at::kLong))
                                .slice(1, 0, std::nullopt, 37);
  const at::Tensor errors = (logits - *expected).abs().amax(1) / *largest;
  EXPECT_LT(errors.max().item<double>(), kTolerance);
}

}  // namespace
}  // namespace hir
