// The engine generates what the learner's forward pass predicts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "hir/generate/test_models.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

std::unique_ptr<LocalEngine> EngineOf(const TestedDecoder& decoder,
                                      const Architecture& architecture, const ModelWeights& weights,
                                      Dtype dtype = Dtype::kF32) {
  return LocalEngine::Create(architecture, weights, {.run = "test"}, TestOptions(64, dtype),
                             decoder.make)
      .value();
}

std::vector<int32_t> Prompt(int length) {
  std::vector<int32_t> prompt;
  for (int i = 0; i < length; ++i) prompt.push_back((i * 37 + 11) % 97);
  return prompt;
}

// Greedy tokens, with a whole forward pass per token in the learner's layout of prompt and
// response.
std::vector<int32_t> NaiveGreedy(const Architecture& architecture, const ModelWeights& weights,
                                 const std::vector<int32_t>& prompt, int count) {
  at::NoGradGuard no_grad;
  std::vector<int32_t> response;
  for (int i = 0; i < count; ++i) {
    PackedBatchBuilder builder;
    const int32_t first = builder.Add(prompt);
    if (!response.empty()) builder.Add(response, first);
    const at::Tensor hidden = Hidden(architecture, weights, builder.Build());
    const at::Tensor logits = at::linear(hidden[hidden.size(0) - 1], weights.head);
    response.push_back(static_cast<int32_t>(logits.argmax().item<int64_t>()));
  }
  return response;
}

void ExpectScoresOfLearner(const Architecture& architecture, const ModelWeights& weights,
                           const std::vector<int32_t>& prompt, const FinishedResponse& response,
                           double temperature, double tolerance) {
  const TokenScores scores =
      LearnerScores(architecture, weights, prompt, response.tokens, temperature);
  double entropy = 0;
  for (size_t i = 0; i < response.tokens.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i);
    EXPECT_NEAR(response.log_probabilities[i], scores.log_probs[row].item<double>(), tolerance)
        << "token " << i;
    entropy += scores.entropies[row].item<double>();
  }
  EXPECT_NEAR(response.entropy_mean, entropy / static_cast<double>(response.tokens.size()),
              tolerance);
}

// Llama 3's rope scaling, over wavelengths on both sides of its bounds, and a bias on o_proj.
Architecture ScaledLlama() {
  Architecture a = TinyArchitecture();
  a.rope_scaling = Llama3RopeScaling{.factor = 4, .original_max_position = 100};
  a.attention_bias = true;
  a.output_bias = true;
  return a;
}

Architecture WithRope(RopeScaling scaling) {
  Architecture a = TinyArchitecture();
  a.rope_scaling = std::move(scaling);
  return a;
}

// The families, and every rope type for prompts and responses on both sides of the original length,
// and over it.
std::vector<Architecture> Architectures() {
  return {
      TinyArchitecture(ModelFamily::kLlama),
      TinyArchitecture(ModelFamily::kQwen2),
      TinyArchitecture(ModelFamily::kQwen3),
      TinyArchitecture(ModelFamily::kMistral),
      TinyArchitecture(ModelFamily::kGemma3),
      TinyArchitecture(ModelFamily::kOlmo2),
      ScaledLlama(),
      WithRope(LinearRopeScaling{.factor = 4, .original_max_position = 100}),
      WithRope(DynamicRopeScaling{.factor = 4, .original_max_position = 100}),
      WithRope(YarnRopeScaling{.factor = 4, .attention_factor = 1.2, .original_max_position = 100}),
      WithRope(LongRopeScaling{.short_factors = {1, 1, 2, 2},
                               .long_factors = {1, 2, 4, 8},
                               .attention_factor = 1.2,
                               .original_max_position = 100})};
}

class EveryFamily : public testing::TestWithParam<std::tuple<Architecture, TestedDecoder>> {
 protected:
  std::unique_ptr<LocalEngine> Engine() {
    return EngineOf(std::get<TestedDecoder>(GetParam()), architecture_, weights_);
  }

  const Architecture architecture_ = std::get<Architecture>(GetParam());
  const ModelWeights weights_ = TinyWeights(architecture_);
};

TEST_P(EveryFamily, GreedyTokensAreThoseOfAWholeForwardPass) {
  auto engine = Engine();
  Responses responses;
  const std::vector<int32_t> prompt = Prompt(70);
  ASSERT_TRUE(engine
                  ->Submit(RequestInto(responses, 1, prompt, 1,
                                       {.temperature = 0, .max_response_tokens = 40}))
                  .ok());
  StepToEnd(*engine);
  EXPECT_EQ(responses.at({1, 0}).value().tokens, NaiveGreedy(architecture_, weights_, prompt, 40));
}

TEST_P(EveryFamily, LogProbabilitiesAndEntropiesAreThoseOfTheLearner) {
  auto engine = Engine();
  Responses responses;
  const GenerationSettings settings{.temperature = 0.7, .max_response_tokens = 100, .seed = 5};
  // Prompts on both sides of a page of the cache.
  for (const int length : {1, 63, 64, 65, 150}) {
    ASSERT_TRUE(engine->Submit(RequestInto(responses, length, Prompt(length), 3, settings)).ok());
  }
  StepToEnd(*engine);
  ASSERT_EQ(responses.size(), 15u);
  for (const auto& [id, response] : responses) {
    ExpectScoresOfLearner(architecture_, weights_, Prompt(static_cast<int>(id.first)),
                          response.value(), 0.7, 1e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Decoders, EveryFamily,
                         testing::Combine(testing::ValuesIn(Architectures()),
                                          testing::ValuesIn(kTestedDecoders)));

class DecodersOfAFamily : public testing::TestWithParam<Architecture> {
 protected:
  // Greedy responses to prompts of which two are computed in several passes, some in groups.
  static Responses Generate(const TestedDecoder& decoder) {
    auto engine = EngineOf(decoder, GetParam(), TinyWeights(GetParam()));
    Responses responses;
    for (const int length : {1, 16, 63, 64, 65, 100, 270, 300}) {
      const uint32_t samples = length % 3 + 1;
      EXPECT_TRUE(engine
                      ->Submit(RequestInto(responses, length, Prompt(length), samples,
                                           {.temperature = 0, .max_response_tokens = 50}))
                      .ok());
    }
    StepToEnd(*engine);
    return responses;
  }
};

TEST_P(DecodersOfAFamily, DrawTheSameTokensWithTheSameScores) {
  const Responses expected = Generate(kTestedDecoders[0]);
  const Responses responses = Generate(kTestedDecoders[1]);
  ASSERT_EQ(responses.size(), expected.size());
  for (const auto& [id, response] : responses) {
    const FinishedResponse& other = expected.at(id).value();
    ASSERT_EQ(response->tokens, other.tokens) << "prompt of " << id.first << " tokens";
    EXPECT_NEAR(response->entropy_mean, other.entropy_mean, 1e-4);
    for (size_t i = 0; i < other.tokens.size(); ++i) {
      EXPECT_NEAR(response->log_probabilities[i], other.log_probabilities[i], 1e-4);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, DecodersOfAFamily, testing::ValuesIn(Architectures()));

class EngineInBf16 : public testing::TestWithParam<TestedDecoder> {};

TEST_P(EngineInBf16, StaysNearTheLearnerInBf16) {
  const Architecture architecture = TinyArchitecture();
  const ModelWeights weights = TinyWeights(architecture, 1, at::kBFloat16);
  auto engine = EngineOf(GetParam(), architecture, weights, Dtype::kBf16);
  Responses responses;
  ASSERT_TRUE(
      engine->Submit(RequestInto(responses, 1, Prompt(30), 4, {.max_response_tokens = 60})).ok());
  StepToEnd(*engine);
  for (const auto& [id, response] : responses) {
    const TokenScores scores =
        LearnerScores(architecture, weights, Prompt(30), response.value().tokens, 1.0);
    double difference = 0;
    for (int64_t i = 0; i < 60; ++i) {
      difference +=
          std::abs(response.value().log_probabilities[i] - scores.log_probs[i].item<double>());
    }
    // bfloat16 keeps 8 bits: logits near 10 are off by about 0.03 either way.
    EXPECT_LT(difference / 60, 0.1);
  }
}

INSTANTIATE_TEST_SUITE_P(Decoders, EngineInBf16, testing::ValuesIn(kTestedDecoders), NameOf);

class EngineOnSmolLm2 : public testing::TestWithParam<TestedDecoder> {};

TEST_P(EngineOnSmolLm2, ScoresAreThoseOfTheLearner) {
  const std::string folder = HIR_DEPS_DIR "/models/SmolLM2-135M-Instruct";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "SmolLM2 is not prepared";
  const Architecture architecture = ReadArchitecture(folder).value();
  const ModelWeights weights = LoadWeights(folder, architecture, at::kFloat).value();
  auto engine = EngineOf(GetParam(), architecture, weights);
  Responses responses;
  std::vector<int32_t> prompt;
  for (int i = 0; i < 66; ++i) prompt.push_back(1000 + 353 * i % 40000);
  ASSERT_TRUE(
      engine->Submit(RequestInto(responses, 3, prompt, 2, {.max_response_tokens = 12})).ok());
  StepToEnd(*engine);
  for (const auto& [id, response] : responses) {
    ExpectScoresOfLearner(architecture, weights, prompt, response.value(), 1.0, 1e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Decoders, EngineOnSmolLm2, testing::ValuesIn(kTestedDecoders), NameOf);

}  // namespace
}  // namespace hir
