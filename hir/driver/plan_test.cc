#include "hir/driver/plan.h"

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

constexpr double kMi = 1024 * 1024;

// 8 instructions x 6 responses, k = 2, 64 tokens: as the demo.
RunConfig Demo() {
  RunConfig config;
  config.rollout.train_batch_size = 8;
  config.rollout.max_prompt_tokens = 320;
  config.rollout.max_response_tokens = 64;
  config.objective.kl_coef = 0;
  config.learner.total_steps = 100;
  config.checkpoint.every = 10;
  return config;
}

TEST(Plan, CountsWhatAStepDrawsAndTrains) {
  const RunPlan plan = PlanRun(Demo(), {.parameters = 1e6});
  EXPECT_EQ(plan.responses_per_step, 48);
  EXPECT_EQ(plan.replayed_per_step, 16);
  EXPECT_EQ(plan.response_tokens, 48 * 64);
  // A group's prompt is computed once, a replayed response's own prompt too.
  EXPECT_EQ(plan.trained_tokens, 64 * 64 + (8 + 16) * 320);
}

TEST(Plan, WithoutHindsightNothingIsReplayed) {
  RunConfig config = Demo();
  config.hindsight.mode = SelectionMode::kOff;
  EXPECT_EQ(PlanRun(config, {.parameters = 1e6}).replayed_per_step, 0);
}

TEST(Plan, CountsReplacementsAsDrawnButNotAsTrained) {
  RunConfig config = Demo();
  config.rollout.max_resampled_groups = 4;
  const RunPlan plan = PlanRun(config, {.parameters = 1e6});
  EXPECT_EQ(plan.responses_per_step, 72);
  EXPECT_EQ(plan.response_tokens, 72 * 64);
  EXPECT_EQ(plan.trained_tokens, PlanRun(Demo(), {.parameters = 1e6}).trained_tokens);
}

TEST(Plan, ReplayingAllMayReplayEveryResponse) {
  RunConfig config = Demo();
  config.hindsight.mode = SelectionMode::kAll;
  EXPECT_EQ(PlanRun(config, {.parameters = 1e6}).replayed_per_step, 48);
}

// 96 responses of the demo with 90 prompt and 52 response tokens on average took 1,493 bytes each
// by MEMORY USAGE of Redis 7.0.15.
TEST(Plan, BytesOfASampleAreThoseThatRedisUsed) {
  RunConfig config = Demo();
  config.rollout.max_prompt_tokens = 90;
  config.rollout.max_response_tokens = 52;
  EXPECT_NEAR(PlanRun(config, {.parameters = 1e6}).sample_bytes, 1493, 75);
}

TEST(Plan, RedisHoldsWhatNoKeptCheckpointCovers) {
  RunConfig config = Demo();
  EXPECT_EQ(PlanRun(config, {.parameters = 1e6}).steps_in_redis, 2 * 10 + 1);
  config.checkpoint.every = 1;
  EXPECT_EQ(PlanRun(config, {.parameters = 1e6}).steps_in_redis, 16 + 1);
  config.checkpoint.every = 0;
  EXPECT_EQ(PlanRun(config, {.parameters = 1e6}).steps_in_redis, 100);
}

TEST(Plan, TheReferenceOfAKlTermTakesACopyOfTheModel) {
  RunConfig config = Demo();
  const double without = PlanRun(config, {.parameters = kMi}).learner_bytes;
  config.objective.kl_coef = 0.001;
  EXPECT_EQ(PlanRun(config, {.parameters = kMi}).learner_bytes - without, 2 * kMi);
}

TEST(Plan, AdaptersNeedNoStateOfTheWeightsThatTheyAreBeside) {
  RunConfig config = Demo();
  config.lora.rank = 4;
  config.objective.kl_coef = 0.001;
  const RunPlan plan = PlanRun(config, {.parameters = 100 * kMi, .adapter_parameters = kMi});
  EXPECT_EQ(plan.learner_bytes, (4 * 2 * 100 + 16) * kMi);
  EXPECT_EQ(plan.checkpoint_bytes, 16 * kMi);
}

TEST(Plan, MoreMachinesTakeLessTime) {
  const PlanInputs one = {
      .parameters = kMi, .decode_tokens_per_second = 100, .train_tokens_per_second = 100};
  PlanInputs four = one;
  four.workers = four.learners = 4;
  EXPECT_NEAR(PlanRun(Demo(), one).step_seconds, 4 * PlanRun(Demo(), four).step_seconds, 1e-9);
  EXPECT_EQ(PlanRun(Demo(), {.parameters = kMi}).step_seconds, 0);
}

TEST(Plan, CountsTheParametersOfTheModel) {
  const std::string folder = testing::TempDir() + "/plan_model";
  const std::string fixture = HIR_SOURCE_DIR "/tests/fixtures/models/llama";
  std::filesystem::remove_all(folder);
  std::filesystem::copy(fixture, folder);
  PlanInputs inputs;
  EXPECT_EQ(CountParameters(folder, {}, inputs).code(), absl::StatusCode::kNotFound);
  const std::string tokenizer =
      R"({"version": "1.0", "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}})";
  ASSERT_TRUE(WriteFileAtomically(folder + "/tokenizer.json", tokenizer).ok());
  // 64 tokens of width 32, two layers with 4 heads and 2 key heads of 8 and an MLP of 48.
  ASSERT_EQ(CountParameters(folder, {}, inputs), absl::OkStatus());
  EXPECT_EQ(inputs.parameters, 64 * 32 + 2 * (32 * (2 * 32 + 2 * 16 + 3 * 48 + 2)) + 32);
  EXPECT_EQ(inputs.adapter_parameters, 0);
  const LoraConfig lora{.rank = 4, .targets = {LoraTarget::kQ, LoraTarget::kV}};
  ASSERT_EQ(CountParameters(folder, lora, inputs), absl::OkStatus());
  EXPECT_EQ(inputs.adapter_parameters, 2 * 4 * ((32 + 32) + (16 + 32)));
}

TEST(PlanRun, CountsTheCheckpointsThatAreKept) {
  RunConfig config;
  config.learner.total_steps = 95;
  EXPECT_EQ(PlanRun(config, {}).checkpoints_kept, 2);
  config.checkpoint.keep_every = 10;
  config.checkpoint.keep_best = true;
  EXPECT_EQ(PlanRun(config, {}).checkpoints_kept, 2 + 9 + 1);
}

}  // namespace
}  // namespace hir
