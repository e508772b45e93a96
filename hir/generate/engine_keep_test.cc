// The policy `keep` of a swap: running responses go on with the new weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "hir/generate/test_models.h"
#include "hir/model/packer.h"

namespace hir {
namespace {

class EngineKeepTest : public testing::TestWithParam<TestedDecoder> {
 protected:
  std::unique_ptr<LocalEngine> Make(int max_running_sequences,
                                    WeightsId serving = {.run = "test"}) {
    EngineOptions options = TestOptions(max_running_sequences);
    options.keep_on_swap = true;
    return LocalEngine::Create(architecture_, weights_, std::move(serving), options,
                               GetParam().make)
        .value();
  }

  void Submit(LocalEngine& engine, std::vector<int32_t> prompt, uint32_t samples, int tokens) {
    ASSERT_TRUE(engine
                    .Submit(RequestInto(responses_, 1, std::move(prompt), samples,
                                        {.max_response_tokens = tokens}))
                    .ok());
  }

  // Starts a swap to weights of seed 2 on another thread and returns once it waits.
  void BeginSwap(LocalEngine& engine, uint64_t incarnation, int64_t version) {
    caller_ = std::thread([&engine, incarnation, version, packed = Packed(), this] {
      const WeightsId id = {incarnation, version, WeightsDigest(packed), "test"};
      const auto serving = engine.SwapWeights(id, packed, absl::Now() + absl::Seconds(30));
      EXPECT_TRUE(serving.ok()) << serving.status();
      swapped_ = true;
    });
    while (!swapped_ && !engine.Status().swap_waiting) std::this_thread::yield();
  }
  void TearDown() override {
    if (caller_.joinable()) caller_.join();
  }

  PackedWeights Packed() const { return PackWeights(new_weights_, at::kFloat).value(); }
  const FinishedResponse& Of(uint32_t sample) { return responses_.at({1, sample}).value(); }

  void ExpectScoresOf(const ModelWeights& weights, const std::vector<int32_t>& prompt,
                      const FinishedResponse& response, size_t tokens) {
    const TokenScores scores = LearnerScores(architecture_, weights, prompt, response.tokens, 1.0);
    for (size_t i = 0; i < tokens; ++i) {
      EXPECT_NEAR(response.log_probabilities[i],
                  scores.log_probs[static_cast<int64_t>(i)].item<double>(), 1e-3)
          << "token " << i;
    }
  }

  const Architecture architecture_ = TinyArchitecture();
  const ModelWeights weights_ = TinyWeights(architecture_);
  const ModelWeights new_weights_ = TinyWeights(architecture_, 2);
  Responses responses_;
  std::atomic<bool> swapped_ = false;
  std::thread caller_;
};

TEST_P(EngineKeepTest, ARunningResponseSaysWhichTokensCameFromWhichWeights) {
  auto engine = Make(2);
  Submit(*engine, {5, 6, 7}, 2, 20);
  for (int i = 0; i < 6; ++i) engine->Step();
  BeginSwap(*engine, 1, 1);
  engine->Step();
  EXPECT_EQ(engine->Status().serving.version, 1);
  EXPECT_EQ(engine->Status().running, 2);
  StepToEnd(*engine);
  for (const uint32_t sample : {0u, 1u}) {
    const FinishedResponse& response = Of(sample);
    ASSERT_EQ(response.spans.size(), 2u);
    EXPECT_EQ(response.spans[0].first_token, 0u);
    EXPECT_EQ(response.spans[0].weights.version, 0);
    EXPECT_EQ(response.spans[1].first_token, 6u);
    EXPECT_EQ(response.spans[1].weights.version, 1);
    EXPECT_EQ(response.tokens.size(), 20u);
    ExpectScoresOf(weights_, {5, 6, 7}, response, 6);
  }
}

TEST_P(EngineKeepTest, TokensAfterTheSwapAreOfTheNewWeightsOverTheOldCache) {
  auto engine = Make(1);
  Submit(*engine, {5, 6, 7}, 1, 8);
  for (int i = 0; i < 4; ++i) engine->Step();
  BeginSwap(*engine, 1, 1);
  StepToEnd(*engine);
  const FinishedResponse& response = Of(0);
  // The same by the decoder itself.
  const auto decoder = GetParam().make(architecture_, weights_, TestOptions()).value();
  const auto state = decoder->NewState(nullptr, 20);
  const auto score = [&](int32_t token, int32_t next) {
    const DecodeRow row = {token, state.get()};
    const DrawRequest request = {.row = 0, .given = next};
    Draw draw;
    decoder->Step({&row, 1}, {&request, 1}, {&draw, 1});
    return draw.log_probability;
  };
  score(5, 6);
  score(6, 7);
  int32_t token = 7;
  for (size_t i = 0; i < 8; ++i) {
    if (i == response.spans[1].first_token) decoder->SetWeights(new_weights_);
    EXPECT_NEAR(score(token, response.tokens[i]), response.log_probabilities[i], 1e-3) << i;
    token = response.tokens[i];
  }
}

TEST_P(EngineKeepTest, ResponsesThatBeginAfterTheSwapHaveAPromptOfTheNewWeights) {
  auto engine = Make(1);
  Submit(*engine, {5, 6, 7}, 2, 20);
  for (int i = 0; i < 3; ++i) engine->Step();
  BeginSwap(*engine, 1, 1);
  StepToEnd(*engine);
  EXPECT_EQ(Of(0).spans.size(), 2u);
  ASSERT_EQ(Of(1).spans.size(), 1u);
  EXPECT_EQ(Of(1).spans[0].weights.version, 1);
  ExpectScoresOf(new_weights_, {5, 6, 7}, Of(1), 20);
}

TEST_P(EngineKeepTest, APromptThatIsHalfComputedBeginsAnew) {
  auto engine = Make(3);
  const std::vector<int32_t> prompt(390, 5);
  Submit(*engine, prompt, 3, 8);
  engine->Step();
  ASSERT_EQ(engine->Status().generated_tokens, 0u);
  BeginSwap(*engine, 1, 1);
  StepToEnd(*engine);
  for (const uint32_t sample : {0u, 1u, 2u}) {
    ASSERT_EQ(Of(sample).spans.size(), 1u);
    EXPECT_EQ(Of(sample).spans[0].weights.version, 1);
    ExpectScoresOf(new_weights_, prompt, Of(sample), 8);
  }
}

// A lease is granted by the version that the worker serves; a response that went on with an older
// one would be staler than its lease allows.
TEST_P(EngineKeepTest, WeightsThatGoBackWaitForRunningResponses) {
  auto engine = Make(1, {.incarnation = 1, .version = 5, .run = "test"});
  Submit(*engine, {5, 6, 7}, 2, 10);
  engine->Step();
  BeginSwap(*engine, 2, 3);
  engine->Step();
  EXPECT_EQ(engine->Status().serving.version, 5);
  StepToEnd(*engine);
  ASSERT_EQ(Of(0).spans.size(), 1u);
  EXPECT_EQ(Of(0).spans[0].weights.version, 5);
  ASSERT_EQ(Of(1).spans.size(), 1u);
  EXPECT_EQ(Of(1).spans[0].weights.version, 3);
}

INSTANTIATE_TEST_SUITE_P(Decoders, EngineKeepTest, testing::ValuesIn(kTestedDecoders), NameOf);

}  // namespace
}  // namespace hir
