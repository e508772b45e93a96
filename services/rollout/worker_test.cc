#include "services/rollout/worker.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "services/rollout/fake_engine.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(CheckWorkerConfig, WantsAModelAndAllOrNothingOfTheRing) {
  EXPECT_THAT(std::string(CheckWorkerConfig({}).message()), HasSubstr("--model"));
  EXPECT_TRUE(CheckWorkerConfig({.model = "m"}).ok());
  EXPECT_THAT(std::string(CheckWorkerConfig({.model = "m", .run = "r"}).message()),
              HasSubstr("--replay"));
  EXPECT_TRUE(
      CheckWorkerConfig({.model = "m", .run = "r", .replay = "a:1", .verifier = "b:2"}).ok());
}

TEST(ParseDtypeFlag, TakesTheWordsOfTheConfigurationOrNone) {
  EXPECT_EQ(*ParseDtypeFlag(""), std::nullopt);
  EXPECT_EQ(*ParseDtypeFlag("f32"), Dtype::kF32);
  EXPECT_EQ(ParseDtypeFlag("int8").status().message(), "--dtype is \"int8\"; use bf16 or f32");
}

TEST(CheckWorkerConfig, TemplateVariablesAndTheMarkAreTheRunsWhereThereIsOne) {
  EXPECT_TRUE(CheckWorkerConfig({.model = "m",
                                 .chat_template_kwargs = R"({"enable_thinking": false})",
                                 .reasoning_end = "</think>"})
                  .ok());
  EXPECT_THAT(std::string(CheckWorkerConfig({.model = "m",
                                             .run = "r",
                                             .replay = "a:1",
                                             .verifier = "b:2",
                                             .reasoning_end = "</think>"})
                              .message()),
              HasSubstr("set the run's model.chat_template_kwargs and model.reasoning_end"));
  EXPECT_THAT(
      std::string(
          CheckWorkerConfig({.model = "m", .chat_template_kwargs = "{\"tools\": 1}"}).message()),
      HasSubstr("--chat_template_kwargs has \"tools\""));
  EXPECT_THAT(std::string(CheckWorkerConfig({.model = "m", .reasoning_end = " "}).message()),
              HasSubstr("--reasoning_end is blank"));
}

TEST(CheckWorkerConfig, CountsThisWorkerAmongThoseThatDivideTheCache) {
  EXPECT_TRUE(CheckWorkerConfig({.model = "m", .cache_sharers = 3}).ok());
  EXPECT_THAT(std::string(CheckWorkerConfig({.model = "m", .cache_sharers = 0}).message()),
              HasSubstr("--cache-sharers can't be 0; it is at least 1"));
}

TEST(CheckDtype, RefusesATypeThatTheRunDoesNotServe) {
  RunConfig run;
  run.model.dtype = Dtype::kF32;
  EXPECT_TRUE(CheckDtype({.run = "r"}, run).ok());
  EXPECT_TRUE(CheckDtype({.run = "r", .dtype = Dtype::kF32}, run).ok());
  const absl::Status status = CheckDtype({.run = "r", .dtype = Dtype::kBf16}, run);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("bf16"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("f32"));
}

TEST(CheckCache, NamesTheSettingsThatDontFitTheEngine) {
  FakeEngine engine;
  RunConfig run;
  EXPECT_TRUE(CheckCache(engine, run).ok());
  engine.refusal = absl::InvalidArgumentError("the cache holds 64; raise rollout.kv_cache_gb");
  const absl::Status status = CheckCache(engine, run);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  for (const char* named : {"rollout.max_prompt_tokens, 1024", "rollout.max_response_tokens, 1024",
                            "raise rollout.kv_cache_gb"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(named));
  }
}

TEST(ShowEngine, SetsTheGaugesOfCacheSequencesAndSwap) {
  prometheus::Registry registry;
  RolloutMetrics metrics(registry);
  ShowEngine({.running = 3, .swap_waiting = true, .cache_tokens = 640, .cache_free_tokens = 128},
             metrics);
  EXPECT_EQ(metrics.running.Value(), 3);
  EXPECT_EQ(metrics.cache_tokens.Value(), 640);
  EXPECT_EQ(metrics.cache_free_tokens.Value(), 128);
  EXPECT_EQ(metrics.swap_waiting.Value(), 1);
  ShowEngine({}, metrics);
  EXPECT_EQ(metrics.swap_waiting.Value(), 0);
}

TEST(CheckWorkerConfig, WantsAddressAndFolderForVllmAndForNothingElse) {
  const auto why = [](const WorkerConfig& config) {
    const absl::Status status = CheckWorkerConfig(config);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(why({.model = "m", .engine = "sglang"}), HasSubstr("--engine is \"sglang\""));
  EXPECT_THAT(why({.model = "m", .engine_url = "http://a:1"}), HasSubstr("--engine vllm"));
  EXPECT_THAT(why({.model = "m", .engine_api_key_file = "/k"}), HasSubstr("--engine vllm"));
  EXPECT_THAT(why({.model = "m", .engine = "vllm", .engine_url = "http://a:1"}),
              HasSubstr("--weights-folder is missing"));
  EXPECT_THAT(
      why({.model = "m", .engine = "vllm", .engine_url = "a:1", .weights_folder = "/tmp/w"}),
      HasSubstr("--engine-url: \"a:1\" is not the address of a web server"));
  // The address of OpenAI's interface, to which the paths of vLLM's others do not belong.
  EXPECT_THAT(why({.model = "m",
                   .engine = "vllm",
                   .engine_url = "http://a:1/v1",
                   .weights_folder = "/tmp/w"}),
              HasSubstr("write http://HOST:PORT"));
  EXPECT_TRUE(
      CheckWorkerConfig(
          {.model = "m", .engine = "vllm", .engine_url = "http://a:1", .weights_folder = "/tmp/w"})
          .ok());
}

TEST(CheckEngine, RefusesARunThatAVllmServerCanNotServe) {
  const WorkerConfig vllm = {.run = "r", .engine = "vllm"};
  RunConfig run;
  EXPECT_TRUE(CheckEngine(vllm, run).ok());
  run.rollout.temperature = 0.7;
  EXPECT_THAT(std::string(CheckEngine(vllm, run).message()),
              HasSubstr("run r has rollout.temperature 0.7"));
  EXPECT_TRUE(CheckEngine({.run = "r"}, run).ok());
  run = {};
  run.rollout.deterministic = true;
  EXPECT_THAT(std::string(CheckEngine(vllm, run).message()), HasSubstr("rollout.deterministic"));
  run = {};
  run.rollout.swap = SwapPolicy::kKeep;
  EXPECT_THAT(std::string(CheckEngine(vllm, run).message()), HasSubstr("rollout.swap keep"));
}

TEST(CheckEntropySource, RefusesAnEngineWithoutEntropiesUnlessTheRunEstimatesThem) {
  RunConfig run;
  EXPECT_TRUE(CheckEntropySource(EntropySource::kExact, {.run = "r"}, run).ok());
  const absl::Status status = CheckEntropySource(EntropySource::kSampled, {.run = "r"}, run);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("run r has hindsight.entropy_source exact; begin the run with "
                        "hindsight.entropy_source=sampled"));
  run.hindsight.entropy_source = EntropySource::kSampled;
  EXPECT_TRUE(CheckEntropySource(EntropySource::kExact, {.run = "r"}, run).ok());
  EXPECT_TRUE(CheckEntropySource(EntropySource::kSampled, {.run = "r"}, run).ok());
}

}  // namespace
}  // namespace hir
