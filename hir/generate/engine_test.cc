// Scheduling, seeds, limits and weight swaps of the engine, with a tiny random model.
#include "hir/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "hir/generate/test_models.h"
#include "hir/model/packer.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

class EngineTest : public testing::TestWithParam<TestedDecoder> {
 protected:
  std::unique_ptr<LocalEngine> Make(const EngineOptions& options = TestOptions()) {
    return MakeWith(weights_, options);
  }
  std::unique_ptr<LocalEngine> MakeWith(const ModelWeights& weights,
                                        const EngineOptions& options = TestOptions(),
                                        int64_t version = 0) {
    return LocalEngine::Create(architecture_, weights, {.version = version, .run = "test"}, options,
                               GetParam().make)
        .value();
  }

  GenerationRequest Request(uint64_t key, uint32_t samples, GenerationSettings settings,
                            std::vector<int32_t> prompt = {5, 6, 7}) {
    return RequestInto(responses_, key, std::move(prompt), samples, settings);
  }

  const FinishedResponse& Of(uint64_t key, uint32_t sample) {
    return responses_.at({key, sample}).value();
  }

  const Architecture architecture_ = TinyArchitecture();
  const ModelWeights weights_ = TinyWeights(architecture_);
  Responses responses_;
};

// Only the CPU's own decoder promises it.
class DeterministicEngineTest : public EngineTest {};

TEST_P(EngineTest, EverySampleOfEveryRequestEndsOnce) {
  auto engine = Make(TestOptions(3));
  for (uint64_t key = 0; key < 5; ++key) {
    const GenerationSettings settings{.max_response_tokens = static_cast<int>(3 + key * 4)};
    ASSERT_TRUE(engine->Submit(Request(key, 4, settings)).ok());
  }
  EXPECT_EQ(engine->Status().waiting, 20);
  StepToEnd(*engine);
  EXPECT_EQ(responses_.size(), 20u);
  EXPECT_EQ(engine->Status().running, 0);
  EXPECT_EQ(engine->Status().waiting, 0);
  EXPECT_EQ(engine->Status().generated_tokens, 4u * (3 + 7 + 11 + 15 + 19));
}

TEST_P(EngineTest, NeverRunsMoreSequencesThanAllowed) {
  auto engine = Make(TestOptions(3));
  ASSERT_TRUE(engine->Submit(Request(1, 10, {.max_response_tokens = 5})).ok());
  int most = 0;
  while (engine->Step()) most = std::max(most, engine->Status().running);
  EXPECT_EQ(most, 3);
}

TEST_P(EngineTest, ANewSequenceJoinsAsSoonAsAnotherEnds) {
  auto engine = Make(TestOptions(2));
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.max_response_tokens = 40})).ok());
  ASSERT_TRUE(engine->Submit(Request(2, 1, {.max_response_tokens = 3})).ok());
  ASSERT_TRUE(engine->Submit(Request(3, 1, {.max_response_tokens = 3})).ok());
  for (int i = 0; i < 6; ++i) engine->Step();
  EXPECT_EQ(responses_.size(), 2u);
  EXPECT_EQ(responses_.count({1, 0}), 0u);
}

TEST_P(EngineTest, TokensDependOnSeedTaskAndSampleOnly) {
  const GenerationSettings settings{.max_response_tokens = 20, .seed = 9};
  auto alone = Make();
  ASSERT_TRUE(alone->Submit(Request(4, 3, settings)).ok());
  StepToEnd(*alone);
  const Responses first = std::move(responses_);
  responses_.clear();
  auto crowded = Make(TestOptions(5));
  for (uint64_t key = 0; key < 8; ++key) {
    ASSERT_TRUE(crowded->Submit(Request(key, 3, settings)).ok());
  }
  StepToEnd(*crowded);
  for (uint32_t sample = 0; sample < 3; ++sample) {
    EXPECT_EQ(Of(4, sample).tokens, first.at({4, sample}).value().tokens);
  }
  EXPECT_NE(Of(4, 0).tokens, Of(4, 1).tokens);
  EXPECT_NE(Of(4, 0).tokens, Of(5, 0).tokens);
}

TEST_P(DeterministicEngineTest, DeterministicNumbersAreEqualBitForBitInAnyBatch) {
  const EngineOptions options = DeterministicOptions();
  const GenerationSettings settings{.max_response_tokens = 30, .seed = 2};
  auto alone = Make(options);
  ASSERT_TRUE(alone->Submit(Request(7, 1, settings)).ok());
  StepToEnd(*alone);
  const FinishedResponse expected = Of(7, 0);
  responses_.clear();
  auto crowded = Make(options);
  for (uint64_t key = 0; key < 40; ++key) {
    const std::vector<int32_t> prompt(1 + key * 3, 8);
    ASSERT_TRUE(crowded->Submit(Request(100 + key, 2, settings, prompt)).ok());
    if (key == 20) {
      ASSERT_TRUE(crowded->Submit(Request(7, 1, settings)).ok());
    }
  }
  StepToEnd(*crowded);
  EXPECT_EQ(Of(7, 0).tokens, expected.tokens);
  EXPECT_EQ(Of(7, 0).log_probabilities, expected.log_probabilities);
}

TEST_P(EngineTest, AStopTokenEndsTheResponseAndBelongsToIt) {
  auto engine = Make();
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.max_response_tokens = 50})).ok());
  StepToEnd(*engine);
  const std::vector<int32_t> free_run = Of(1, 0).tokens;
  EXPECT_EQ(Of(1, 0).finish_reason, FinishReason::kLength);
  responses_.clear();
  GenerationRequest stopping = Request(1, 1, {.max_response_tokens = 50});
  stopping.stop_tokens = {free_run[10]};
  ASSERT_TRUE(engine->Submit(std::move(stopping)).ok());
  StepToEnd(*engine);
  EXPECT_EQ(Of(1, 0).finish_reason, FinishReason::kStop);
  EXPECT_EQ(Of(1, 0).tokens.back(), free_run[10]);
  EXPECT_LE(Of(1, 0).tokens.size(), 11u);
  EXPECT_EQ(Of(1, 0).log_probabilities.size(), Of(1, 0).tokens.size());
}

TEST_P(EngineTest, AResponseEndsWithTheContext) {
  auto engine = Make();
  const std::vector<int32_t> prompt(architecture_.max_position - 4, 3);
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.max_response_tokens = 100}, prompt)).ok());
  StepToEnd(*engine);
  EXPECT_EQ(Of(1, 0).tokens.size(), 4u);
}

TEST_P(EngineTest, ReportsTokensAsTheyCome) {
  auto engine = Make();
  std::vector<int32_t> seen;
  GenerationRequest request = Request(1, 1, {.max_response_tokens = 8});
  request.on_token = [&](uint32_t, const ScoredToken& token) {
    seen.push_back(token.token);
    return false;
  };
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  StepToEnd(*engine);
  EXPECT_EQ(seen, Of(1, 0).tokens);
}

TEST_P(EngineTest, WhoWatchesTheTokensMayEndAResponse) {
  auto engine = Make();
  int seen = 0;
  GenerationRequest request = Request(1, 1, {.max_response_tokens = 8});
  request.on_token = [&](uint32_t, const ScoredToken&) { return ++seen == 3; };
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  StepToEnd(*engine);
  EXPECT_EQ(Of(1, 0).tokens.size(), 3u);
  EXPECT_EQ(Of(1, 0).finish_reason, FinishReason::kStop);
}

TEST_P(EngineTest, StopTokensAreNotDrawnBeforeMinTokens) {
  auto engine = Make();
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.temperature = 0, .max_response_tokens = 9})).ok());
  StepToEnd(*engine);
  const int32_t likeliest = Of(1, 0).tokens[0];
  responses_.clear();
  GenerationRequest request =
      Request(1, 2, {.temperature = 0, .max_response_tokens = 9, .min_tokens = 4});
  request.stop_tokens = {likeliest};
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  StepToEnd(*engine);
  for (const uint32_t sample : {0u, 1u}) {
    const std::vector<int32_t>& tokens = Of(1, sample).tokens;
    ASSERT_GE(tokens.size(), 5u);
    EXPECT_THAT(std::vector<int32_t>(tokens.begin(), tokens.begin() + 4),
                testing::Not(testing::Contains(likeliest)));
  }
}

TEST_P(EngineTest, ReportsTheLikeliestTokensOfEachPosition) {
  auto engine = Make();
  std::vector<ScoredToken> seen;
  GenerationRequest request =
      Request(1, 1, {.temperature = 0, .max_response_tokens = 4, .top_logprobs = 3});
  request.on_token = [&](uint32_t, const ScoredToken& token) {
    seen.push_back(token);
    return false;
  };
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  StepToEnd(*engine);
  const FinishedResponse& response = Of(1, 0);
  ASSERT_EQ(response.likeliest.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    ASSERT_EQ(response.likeliest[i].size(), 3u);
    EXPECT_EQ(response.likeliest[i][0].token, response.tokens[i]);
    EXPECT_EQ(response.likeliest[i][0].log_probability, response.log_probabilities[i]);
    EXPECT_EQ(seen[i].likeliest[1].token, response.likeliest[i][1].token);
  }
}

TEST_P(EngineTest, ScoresAPromptAsTheLearnerDoes) {
  auto engine = Make();
  std::vector<int32_t> prompt;  // Longer than one prefill pass.
  for (int32_t i = 0; i < 40; ++i) prompt.push_back((i * 7 + 3) % 50);
  const GenerationSettings settings{
      .temperature = 0.5, .max_response_tokens = 1, .top_logprobs = 1, .score_prompt = true};
  ASSERT_TRUE(engine->Submit(Request(1, 2, settings, prompt)).ok());
  StepToEnd(*engine);
  const std::vector<ScoredToken>& scores = *Of(1, 1).prompt_scores;
  const TokenScores expected =
      LearnerScores(architecture_, weights_, {prompt[0]}, {prompt.begin() + 1, prompt.end()}, 1.0);
  ASSERT_EQ(scores.size(), prompt.size());
  EXPECT_EQ(scores[0].token, prompt[0]);
  EXPECT_TRUE(scores[0].likeliest.empty());
  for (size_t i = 1; i < prompt.size(); ++i) {
    EXPECT_EQ(scores[i].token, prompt[i]);
    EXPECT_NEAR(scores[i].log_probability,
                expected.log_probs[static_cast<int64_t>(i) - 1].item<float>(), 1e-4);
    ASSERT_EQ(scores[i].likeliest.size(), 1u);
    EXPECT_GE(scores[i].likeliest[0].log_probability, scores[i].log_probability);
  }
}

TEST_P(EngineTest, RefusesWhatItCannotGenerate) {
  auto engine = Make();
  const GenerationSettings short_one{.max_response_tokens = 4};
  const auto refused = [&](GenerationRequest request) {
    return std::string(engine->Submit(std::move(request)).status().message());
  };
  EXPECT_THAT(refused(Request(1, 1, short_one, {})), HasSubstr("no tokens"));
  EXPECT_THAT(refused(Request(1, 1, short_one, {97})), HasSubstr("outside the vocabulary"));
  EXPECT_THAT(refused(Request(1, 0, short_one)), HasSubstr("no responses"));
  EXPECT_THAT(refused(Request(1, 1, short_one, std::vector<int32_t>(400, 1))),
              HasSubstr("context of 400"));
  EXPECT_THAT(refused(Request(1, 1, {.temperature = -1, .max_response_tokens = 4})),
              HasSubstr("temperature"));
  EXPECT_THAT(refused(Request(1, 1, {.top_p = 0, .max_response_tokens = 4})), HasSubstr("top_p"));
  EXPECT_THAT(refused(Request(1, 1, {.max_response_tokens = 0})), HasSubstr("max_response_tokens"));
  EXPECT_THAT(refused(Request(1, 1, {.max_response_tokens = 4, .min_tokens = 5})),
              HasSubstr("min_tokens is 5"));
  EXPECT_THAT(refused(Request(1, 1, {.max_response_tokens = 4, .top_logprobs = 21})),
              HasSubstr("top_logprobs is 21"));
  GenerationRequest stopping = Request(1, 1, short_one);
  stopping.stop_tokens.assign(kMaxStopTokens + 1, 3);
  EXPECT_THAT(refused(std::move(stopping)), HasSubstr("129 stop tokens"));
}

TEST_P(DeterministicEngineTest, DeterministicNeedsFloat32) {
  const auto status =
      LocalEngine::Create(architecture_, TinyWeights(architecture_, 1, at::kBFloat16), {},
                          DeterministicOptions(Dtype::kBf16))
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(EngineTest, CancelEndsRunningAndWaitingSamples) {
  auto engine = Make(TestOptions(2));
  const uint64_t id = engine->Submit(Request(1, 5, {.max_response_tokens = 50})).value();
  ASSERT_TRUE(engine->Submit(Request(2, 1, {.max_response_tokens = 4})).ok());
  engine->Step();
  engine->Cancel(id);
  StepToEnd(*engine);
  ASSERT_EQ(responses_.size(), 6u);
  for (uint32_t sample = 0; sample < 5; ++sample) {
    EXPECT_TRUE(absl::IsCancelled(responses_.at({1, sample}).status()));
  }
  EXPECT_EQ(Of(2, 0).tokens.size(), 4u);
}

TEST_P(EngineTest, BrokenWeightsFailTheResponseAndNotTheProcess) {
  const ModelWeights broken = weights_.Transformed(
      [](const std::string&, const at::Tensor& tensor) { return tensor * NAN; });
  auto engine = MakeWith(broken);
  ASSERT_TRUE(engine->Submit(Request(1, 2, {.max_response_tokens = 4})).ok());
  StepToEnd(*engine);
  EXPECT_EQ(responses_.at({1, 0}).status().code(), absl::StatusCode::kInternal);
}

class SwapTest : public EngineTest {
 protected:
  // Weights of another seed, as a learner would push them.
  PackedWeights Packed(uint64_t seed) {
    return PackWeights(TinyWeights(architecture_, seed), at::kFloat).value();
  }
  WeightsId Version(int64_t version, const PackedWeights& packed) {
    return {1, version, WeightsDigest(packed), "test"};
  }

  // Swaps while this thread steps the engine.
  absl::StatusOr<WeightsId> Swap(LocalEngine& engine, WeightsId version, PackedWeights packed) {
    absl::StatusOr<WeightsId> result = absl::UnknownError("not swapped");
    std::atomic<bool> done = false;
    std::thread caller([&] {
      result = engine.SwapWeights(version, std::move(packed), absl::Now() + absl::Seconds(30));
      done = true;
    });
    // An earlier step might begin responses that the swap should hold back.
    while (!done && !engine.Status().swap_waiting) std::this_thread::yield();
    while (!done) engine.Step();
    caller.join();
    return result;
  }
};

TEST_P(SwapTest, NewWeightsServeUnderTheirOwnDigest) {
  auto engine = Make();
  const PackedWeights packed = Packed(2);
  const auto serving = Swap(*engine, Version(1, packed), packed);
  ASSERT_TRUE(serving.ok()) << serving.status();
  EXPECT_EQ(*serving, Version(1, packed));
  EXPECT_EQ(engine->Status().serving, Version(1, packed));
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.temperature = 0, .max_response_tokens = 10})).ok());
  StepToEnd(*engine);
  auto expected = MakeWith(TinyWeights(architecture_, 2));
  ASSERT_TRUE(expected->Submit(Request(2, 1, {.temperature = 0, .max_response_tokens = 10})).ok());
  StepToEnd(*expected);
  EXPECT_EQ(Of(1, 0).tokens, Of(2, 0).tokens);
}

// The bytes of a push are as large as the model: a view that kept them alive would double a
// worker's memory.
TEST_P(SwapTest, ADecoderKeepsNothingOfTheBytesItsWeightsCameIn) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const ModelFamily family : {ModelFamily::kLlama, ModelFamily::kQwen3}) {
      const Architecture a = TinyArchitecture(family);
      const auto bytes =
          std::make_shared<const PackedWeights>(PackWeights(TinyWeights(a), type).value());
      const EngineOptions options = TestOptions(1, type == at::kFloat ? Dtype::kF32 : Dtype::kBf16);
      const auto decoder = GetParam().make(a, UnpackWeights(bytes, a).value(), options).value();
      EXPECT_EQ(bytes.use_count(), 1);
    }
  }
}

TEST_P(SwapTest, RunningResponsesEndWithTheWeightsTheyBeganWith) {
  auto engine = Make(TestOptions(2));
  ASSERT_TRUE(engine->Submit(Request(1, 3, {.max_response_tokens = 20})).ok());
  engine->Step();
  const PackedWeights packed = Packed(2);
  ASSERT_TRUE(Swap(*engine, Version(1, packed), packed).ok());
  StepToEnd(*engine);
  EXPECT_EQ(Of(1, 0).spans[0].weights.version, 0);
  EXPECT_EQ(Of(1, 1).spans[0].weights.version, 0);
  EXPECT_EQ(Of(1, 2).spans[0].weights.version, 1);
  const TokenScores old_scores =
      LearnerScores(architecture_, weights_, {5, 6, 7}, Of(1, 0).tokens, 1.0);
  const TokenScores new_scores =
      LearnerScores(architecture_, TinyWeights(architecture_, 2), {5, 6, 7}, Of(1, 2).tokens, 1.0);
  EXPECT_NEAR(Of(1, 0).log_probabilities[19], old_scores.log_probs[19].item<double>(), 1e-3);
  EXPECT_NEAR(Of(1, 2).log_probabilities[0], new_scores.log_probs[0].item<double>(), 1e-3);
}

TEST_P(SwapTest, AWrongDigestIsRefusedAndTheOldWeightsStay) {
  auto engine = Make();
  const WeightsId before = engine->Status().serving;
  PackedWeights packed = Packed(2);
  const WeightsId version = Version(1, packed);
  packed.bytes[100] ^= 1;
  EXPECT_EQ(Swap(*engine, version, packed).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(engine->Status().serving, before);
}

// Hashing takes as long as tens of decode steps, so it must not be done between two of them.
TEST_P(SwapTest, AWrongDigestIsFoundWithoutTheThreadThatDecodes) {
  auto engine = Make();
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.max_response_tokens = 5})).ok());
  engine->Step();
  PackedWeights packed = Packed(2);
  const WeightsId version = Version(1, packed);
  packed.bytes[100] ^= 1;
  EXPECT_EQ(engine->SwapWeights(version, packed, absl::Now()).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_P(SwapTest, OlderWeightsAreRefusedAndTheSameAreFine) {
  auto engine = Make();
  const PackedWeights packed = Packed(2);
  ASSERT_TRUE(Swap(*engine, Version(3, packed), packed).ok());
  EXPECT_TRUE(Swap(*engine, Version(3, packed), packed).ok());
  EXPECT_EQ(Swap(*engine, Version(2, packed), packed).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_P(SwapTest, WeightsOfAnotherModelAreRefused) {
  auto engine = Make();
  Architecture wider = architecture_;
  wider.intermediate_size = 96;
  const PackedWeights packed = PackWeights(TinyWeights(wider), at::kFloat).value();
  EXPECT_EQ(Swap(*engine, Version(1, packed), packed).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_P(SwapTest, TheSwapGivesUpAtItsDeadline) {
  auto engine = Make();
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.max_response_tokens = 5})).ok());
  engine->Step();
  const PackedWeights packed = Packed(2);
  EXPECT_EQ(engine->SwapWeights(Version(1, packed), packed, absl::Now()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  StepToEnd(*engine);
  EXPECT_EQ(engine->Status().serving.version, 0);
}

TEST_P(SwapTest, ASwapBehindAnotherGivesUpAtItsOwnDeadlineOrAtOnceWhenOlder) {
  auto engine = MakeWith(weights_, TestOptions(), 3);
  ASSERT_TRUE(engine->Submit(Request(1, 1, {.max_response_tokens = 5})).ok());
  engine->Step();
  const PackedWeights packed = Packed(2);
  absl::StatusOr<WeightsId> first = absl::UnknownError("not swapped");
  std::thread caller([&] {
    first = engine->SwapWeights(Version(4, packed), packed, absl::Now() + absl::Seconds(30));
  });
  while (!engine->Status().swap_waiting) std::this_thread::yield();
  const auto older = engine->SwapWeights({0, 2, "digest", "test"}, packed, absl::InfiniteFuture());
  const auto second = engine->SwapWeights(Version(5, packed), packed, absl::Now());
  StepToEnd(*engine);
  caller.join();
  EXPECT_EQ(older.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(first.ok()) << first.status();
}

TEST_P(EngineTest, ItsOwnThreadGeneratesAndStopCancelsTheRest) {
  auto engine = Make(TestOptions(1));
  absl::Mutex mu;
  int done = 0;
  bool cancelled = false;
  GenerationRequest request = Request(1, 2, {.max_response_tokens = 3});
  request.on_done = [&](uint32_t, absl::StatusOr<FinishedResponse> response) {
    absl::MutexLock lock(&mu);
    response.ok() ? ++done : cancelled = true;
  };
  GenerationRequest endless = request;
  endless.settings.max_response_tokens = 390;
  endless.samples.assign(2000, 0);
  engine->Start();
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  ASSERT_TRUE(engine->Submit(std::move(endless)).ok());
  {
    absl::MutexLock lock(&mu);
    const auto two = [&] { return done >= 2; };
    ASSERT_TRUE(mu.AwaitWithTimeout(absl::Condition(&two), absl::Seconds(30)));
  }
  engine->Stop();
  absl::MutexLock lock(&mu);
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(engine->Submit(Request(3, 1, {.max_response_tokens = 3})).status().code(),
            absl::StatusCode::kUnavailable);
}

INSTANTIATE_TEST_SUITE_P(Decoders, EngineTest, testing::ValuesIn(kTestedDecoders), NameOf);
INSTANTIATE_TEST_SUITE_P(Decoders, SwapTest, testing::ValuesIn(kTestedDecoders), NameOf);
INSTANTIATE_TEST_SUITE_P(Decoders, DeterministicEngineTest, testing::Values(kTestedDecoders[0]),
                         NameOf);

}  // namespace
}  // namespace hir
