// What the engine does with a small cache and with prompts of any length: who waits for what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <tuple>

#include "absl/time/clock.h"
#include "hir/generate/test_models.h"
#include "hir/model/packer.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EngineCache {
 protected:
  // An engine whose cache holds `tokens` tokens of the tiny model in float32.
  std::unique_ptr<LocalEngine> MakeWith(const TestedDecoder& decoder, int64_t tokens,
                                        EngineOptions options) {
    const Architecture& a = architecture_;
    options.kv_cache_bytes = tokens * 2 * a.layers * a.kv_heads * a.head_dim * 4;
    return LocalEngine::Create(a, weights_, {.run = "test"}, options, decoder.make).value();
  }

  // A request that counts the tokens of its responses in drawn_.
  GenerationRequest Request(uint64_t key, size_t prompt, int response, uint32_t samples = 1) {
    GenerationRequest request = RequestInto(responses_, key, std::vector<int32_t>(prompt, 5),
                                            samples, {.max_response_tokens = response});
    request.on_token = [this, key](uint32_t, const ScoredToken&) {
      if (drawn_[key]++ == 0) order_.push_back(key);
      return false;
    };
    return request;
  }

  const Architecture architecture_ = TinyArchitecture();
  const ModelWeights weights_ = TinyWeights(architecture_);
  Responses responses_;
  std::map<uint64_t, int> drawn_;  // Tokens by key.
  std::vector<uint64_t> order_;    // Keys in the order of their first tokens.
};

class EngineCacheTest : public EngineCache, public testing::TestWithParam<TestedDecoder> {
 protected:
  std::unique_ptr<LocalEngine> Make(int64_t tokens) {
    return MakeWith(GetParam(), tokens, TestOptions(8));
  }
};

TEST_P(EngineCacheTest, WhatCanNeverFitIsRefusedWithWhatToRaise) {
  auto engine = Make(192);
  EXPECT_EQ(engine->Status().cache_tokens, 192);
  const absl::Status refused = engine->Submit(Request(1, 65, 65)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("a prompt of 65 tokens"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("holds 192; raise rollout.kv_cache_gb"));
  EXPECT_EQ(engine->CheckLengths(65, 65), refused);
  EXPECT_TRUE(engine->CheckLengths(64, 128).ok());
  ASSERT_TRUE(engine->Submit(Request(2, 64, 128)).ok());
  StepToEnd(*engine);
  EXPECT_EQ(responses_.at({2, 0}).value().tokens.size(), 128u);
}

TEST_P(EngineCacheTest, ARequestIsNotRefusedForTokensThatTheContextCutsOff) {
  auto engine = Make(400 + 128);
  ASSERT_TRUE(engine->Submit(Request(1, 300, 100'000)).ok());
  StepToEnd(*engine);
  EXPECT_EQ(responses_.at({1, 0}).value().tokens.size(), 100u);
}

TEST_P(EngineCacheTest, ACacheWithoutRoomForAPageIsRefused) {
  EngineOptions options = TestOptions();
  options.kv_cache_bytes = 100;
  const absl::Status refused =
      LocalEngine::Create(architecture_, weights_, {.run = "test"}, options, GetParam().make)
          .status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("rollout.kv_cache_gb"));
}

TEST_P(EngineCacheTest, ResponsesWaitForPagesInTheirOrder) {
  auto engine = Make(256);  // Two of them, with their prompts.
  for (const uint64_t key : {1, 2, 3, 4}) {
    ASSERT_TRUE(engine->Submit(Request(key, 10, 40)).ok());
  }
  // It would fit beside the first ones' rest, but is not before its turn.
  ASSERT_TRUE(engine->Submit(Request(5, 1, 1)).ok());
  int most = 0;
  while (engine->Step()) most = std::max(most, engine->Status().running);
  EXPECT_EQ(most, 2);
  EXPECT_THAT(order_, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(responses_.size(), 5u);
  EXPECT_EQ(engine->Status().cache_free_tokens, 256);
}

TEST_P(EngineCacheTest, ACancelledRequestGivesItsPagesBack) {
  auto engine = Make(256);
  const uint64_t id = engine->Submit(Request(1, 100, 100, 3)).value();
  engine->Step();
  EXPECT_EQ(engine->Status().cache_free_tokens, 0);
  engine->Cancel(id);
  engine->Step();
  EXPECT_EQ(engine->Status().cache_free_tokens, 256);
  EXPECT_EQ(responses_.size(), 3u);
}

TEST_P(EngineCacheTest, ARunningResponseGetsATokenInEveryPassOfALongPrompt) {
  auto engine = Make(4000);
  ASSERT_TRUE(engine->Submit(Request(1, 3, 100)).ok());
  engine->Step();
  ASSERT_TRUE(engine->Submit(Request(2, 390, 5)).ok());
  int passes = 0;
  while (drawn_[2] == 0) {
    const int before = drawn_[1];
    ASSERT_TRUE(engine->Step());
    EXPECT_EQ(drawn_[1], before + 1);
    ++passes;
  }
  EXPECT_GT(passes, 1);
}

TEST_P(EngineCacheTest, AShortPromptDoesNotWaitForALongOne) {
  auto engine = Make(4000);
  ASSERT_TRUE(engine->Submit(Request(1, 390, 5)).ok());
  ASSERT_TRUE(engine->Submit(Request(2, 380, 5)).ok());
  ASSERT_TRUE(engine->Submit(Request(3, 20, 5)).ok());
  engine->Step();
  EXPECT_THAT(order_, ElementsAre(3));
  StepToEnd(*engine);
  EXPECT_EQ(responses_.size(), 3u);
}

TEST_P(EngineCacheTest, PromptsOfSeveralRequestsShareAPass) {
  auto engine = Make(4000);
  for (uint64_t key = 0; key < 8; ++key) {
    ASSERT_TRUE(engine->Submit(Request(key, 30, 5)).ok());
  }
  engine->Step();
  EXPECT_EQ(order_.size(), 8u);
}

TEST_P(EngineCacheTest, ChunksAndNeighboursDoNotChangeScoresOrTokens) {
  const std::vector<int32_t> prompt = [] {
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < 300; ++i) tokens.push_back((i * 7 + 3) % 50);
    return tokens;
  }();
  const GenerationSettings settings{
      .max_response_tokens = 10, .top_logprobs = 1, .score_prompt = true};
  auto alone = Make(2000);
  ASSERT_TRUE(alone->Submit(RequestInto(responses_, 1, prompt, 2, settings)).ok());
  StepToEnd(*alone);
  const Responses expected = std::move(responses_);
  responses_.clear();
  auto crowded = Make(2000);
  ASSERT_TRUE(crowded->Submit(Request(7, 200, 50, 3)).ok());
  crowded->Step();
  ASSERT_TRUE(crowded->Submit(RequestInto(responses_, 1, prompt, 2, settings)).ok());
  ASSERT_TRUE(crowded->Submit(RequestInto(responses_, 2, prompt, 2, settings)).ok());
  StepToEnd(*crowded);
  const std::vector<ScoredToken>& scores = *responses_.at({1, 1}).value().prompt_scores;
  const std::vector<ScoredToken>& others = *expected.at({1, 1}).value().prompt_scores;
  ASSERT_EQ(scores.size(), prompt.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(scores[i].token, prompt[i]);
    EXPECT_NEAR(scores[i].log_probability, others[i].log_probability, 1e-4);
  }
  for (const uint32_t sample : {0u, 1u}) {
    EXPECT_EQ(responses_.at({1, sample}).value().tokens, expected.at({1, sample}).value().tokens);
  }
}

// Random requests, cancellations and swaps with a cache for few of them: every sample ends exactly
// once, and at the end all pages are free.
class RandomRequests : public EngineCache,
                       public testing::TestWithParam<std::tuple<bool, TestedDecoder>> {
 protected:
  int64_t Draw(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random_);
  }

  GenerationRequest RandomRequest(uint64_t key) {
    GenerationRequest request;
    request.key = key;
    request.prompt.assign(Draw(1, Draw(0, 3) == 0 ? 120 : 20), static_cast<int32_t>(Draw(0, 96)));
    const int64_t samples = Draw(1, 6);
    for (uint32_t i = 0; i < samples; ++i) request.samples.push_back(i);
    request.settings.max_response_tokens = static_cast<int>(Draw(1, 70));
    request.settings.score_prompt = Draw(0, 3) == 0;
    if (Draw(0, 1) == 0) request.stop_tokens = {7, 8, 9};
    request.on_done = [this, key](uint32_t sample, const absl::StatusOr<FinishedResponse>& got) {
      EXPECT_TRUE(got.ok() || absl::IsCancelled(got.status())) << got.status();
      ++ended_[{key, sample}];
    };
    wanted_ += static_cast<size_t>(samples);
    return request;
  }

  void Swap(LocalEngine& engine, int64_t version) {
    const PackedWeights packed =
        PackWeights(TinyWeights(architecture_, version), at::kFloat).value();
    std::atomic<bool> done = false;
    std::thread caller([&] {
      const WeightsId id = {1, version, WeightsDigest(packed), "test"};
      EXPECT_TRUE(engine.SwapWeights(id, packed, absl::InfiniteFuture()).ok());
      done = true;
    });
    while (!done) engine.Step();
    caller.join();
  }

  const unsigned seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  std::map<std::pair<uint64_t, uint32_t>, int> ended_;
  size_t wanted_ = 0;
};

TEST_P(RandomRequests, EachSampleEndsOnceAndAllPagesComeBack) {
  SCOPED_TRACE(seed_);
  EngineOptions options = TestOptions(static_cast<int>(Draw(1, 12)));
  options.keep_on_swap = std::get<bool>(GetParam());
  options.deterministic = Draw(0, 2) == 0;
  // The least that the longest prompt and response take, or a little more.
  auto engine = MakeWith(std::get<TestedDecoder>(GetParam()), 64 * Draw(4, 8), options);
  const int64_t capacity = engine->Status().cache_tokens;
  std::vector<uint64_t> ids;
  int64_t version = 0;
  for (uint64_t key = 0; key < 60; ++key) {
    const absl::StatusOr<uint64_t> id = engine->Submit(RandomRequest(key));
    ASSERT_TRUE(id.ok()) << id.status();
    ids.push_back(*id);
    if (Draw(0, 5) == 0) engine->Cancel(ids[Draw(0, ids.size() - 1)]);
    if (Draw(0, 9) == 0) Swap(*engine, ++version);
    for (int64_t steps = Draw(0, 12); steps > 0; --steps) {
      engine->Step();
      ASSERT_LE(engine->Status().running, options.max_running_sequences);
      ASSERT_GE(engine->Status().cache_free_tokens, 0);
    }
  }
  StepToEnd(*engine);
  EXPECT_EQ(ended_.size(), wanted_);
  for (const auto& [sample, times] : ended_) EXPECT_EQ(times, 1) << sample.first;
  EXPECT_EQ(engine->Status().cache_free_tokens, capacity);
  EXPECT_EQ(engine->Status().waiting, 0);
}

class DefaultCacheTest : public EngineCache, public testing::Test {
 protected:
  int64_t TokensOf(int sharers) {
    EngineOptions options = TestOptions();
    options.cache_sharers = sharers;
    return LocalEngine::Create(architecture_, weights_, {.run = "test"}, options)
        .value()
        ->Status()
        .cache_tokens;
  }
};

TEST_F(DefaultCacheTest, IsDividedAmongTheWorkersOfAMachine) {
  const int64_t whole = TokensOf(1);
  EXPECT_LE(4 * TokensOf(4), whole);
  EXPECT_GT(5 * TokensOf(4), whole);
}

INSTANTIATE_TEST_SUITE_P(Decoders, EngineCacheTest, testing::ValuesIn(kTestedDecoders), NameOf);
INSTANTIATE_TEST_SUITE_P(Policies, RandomRequests,
                         testing::Combine(testing::Bool(), testing::ValuesIn(kTestedDecoders)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param) ? "keep" : "finish") +
                                  std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace hir
