// The engine draws, with each decoder, what Transformers draws with a cache, on small random models
// of each family, with windows shorter than prompt and response. Made by
// tools/make_model_fixtures.py.
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "hir/generate/test_models.h"
#include "hir/model/safetensors.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

constexpr int kGreedyTokens = 60;

std::vector<float> Read(const SafetensorsFile& file, const std::string& name) {
  const at::Tensor values =
      ReadTensor(file, name, file.tensors().at(name).shape, at::kFloat).value();
  const float* data = values.const_data_ptr<float>();
  return {data, data + values.numel()};
}

class TransformersDecode : public ::testing::TestWithParam<std::tuple<const char*, TestedDecoder>> {
};

TEST_P(TransformersDecode, GreedyTokensAndTheirLogProbabilitiesAgree) {
  const auto& [model, decoder] = GetParam();
  const std::string folder = std::string(HIR_SOURCE_DIR "/tests/fixtures/models/") + model;
  const auto expected = SafetensorsFile::Open(folder + "/expected.safetensors");
  ASSERT_TRUE(expected.ok()) << expected.status();
  const auto architecture = ReadArchitecture(folder);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  const auto weights = LoadWeights(folder, *architecture, at::kFloat);
  ASSERT_TRUE(weights.ok()) << weights.status();
  const std::vector<float> prompt = Read(*expected, "tokens");
  auto engine =
      LocalEngine::Create(*architecture, *weights, {.run = "test"}, TestOptions(), decoder.make)
          .value();
  Responses responses;
  ASSERT_TRUE(engine
                  ->Submit(RequestInto(responses, 1, {prompt.begin(), prompt.end()}, 1,
                                       {.temperature = 0, .max_response_tokens = kGreedyTokens}))
                  .ok());
  StepToEnd(*engine);
  const FinishedResponse response = responses.at({1, 0}).value();
  const std::vector<float> greedy = Read(*expected, "greedy");
  EXPECT_EQ(response.tokens, std::vector<int32_t>(greedy.begin(), greedy.end()));
  const std::vector<float> log_probs = Read(*expected, "greedy_log_probs");
  ASSERT_EQ(response.log_probabilities.size(), log_probs.size());
  for (size_t i = 0; i < log_probs.size(); ++i) {
    EXPECT_NEAR(response.log_probabilities[i], log_probs[i], 1e-3) << "token " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, TransformersDecode,
    ::testing::Combine(::testing::Values("llama", "llama_scaled", "qwen2", "qwen2_sharded", "qwen3",
                                         "mistral", "mistral_without_window", "gemma3",
                                         "gemma3_as_published", "olmo2", "olmo2_with_biases"),
                       ::testing::ValuesIn(kTestedDecoders)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param).name;
    });

}  // namespace
}  // namespace hir
