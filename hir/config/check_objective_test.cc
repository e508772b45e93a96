#include "hir/config/check_objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "hir/base/file.h"
#include "hir/config/schema.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

absl::Status CheckWith(const std::vector<std::string>& assignments) {
  RunConfig config;
  config.model.path = "model";
  config.data.train = {{.file = "train.jsonl"}};
  for (const std::string& assignment : assignments) {
    EXPECT_EQ(ApplyOverride(config, "objective." + assignment), absl::OkStatus());
  }
  return ValidateRunConfig(config);
}

struct Combination {
  std::vector<std::string> assignments;  // Without "objective.".
  const char* reason;
};

class Refused : public ::testing::TestWithParam<Combination> {};

TEST_P(Refused, WithItsReason) {
  const absl::Status status = CheckWith(GetParam().assignments);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Objective, Refused,
    ::testing::Values(
        Combination{{"graded_bonus=0.5"}, "which has no bonus"},
        Combination{{"overlong_penalty=0.5"}, "nothing is penalised"},
        Combination{{"overlong_buffer=1025"}, "at most rollout.max_response_tokens, 1024"},
        Combination{{"truncated=zero"}, "would be replayed for nothing"},
        Combination{{"truncated=mask"}, "set hindsight.replay_truncated to false"},
        Combination{{"advantage=maxrl", "kl_coef=0", "reward=cla"}, "must be 0 or 1"},
        Combination{{"advantage=maxrl", "kl_coef=0", "overlong_buffer=10"}, "must be 0 or 1"},
        Combination{{"advantage=rloo", "gamma=0.9"}, "only reinforce++ discounts"},
        Combination{{"advantage=grpo"}, "would scale the KL penalty up"},
        Combination{{"advantage=maxrl"}, "would scale the KL penalty up"},
        Combination{{"dual_clip=0.5"}, "must be 0, which turns the bound off, or above 1"},
        Combination{{"loss=cispo"}, "clipped already"},
        Combination{{"kl_coef=0", "kl_in=loss"}, "no KL penalty"},
        Combination{{"kl_coef=0", "kl_estimator=k3"}, "nothing is estimated"},
        Combination{{"kl_coef=0", "reference_refresh_steps=5"}, "no reference"},
        Combination{{"kl_in=loss"}, "does not depend on the reference"},
        Combination{{"importance_level=sequence"}, "nothing is weighed"},
        Combination{{"importance_cap=0.5"}, "or at least 1"},
        Combination{{"importance_cap=2"}, "leaves nothing to weigh"},
        Combination{{"loss=gspo", "importance_cap=2", "old_logprobs_from=learner"},
                    "one ratio; set objective.importance_level to sequence"}));

TEST(CheckObjective, RefusesAGroupOfOne) {
  RunConfig config;
  config.objective.advantage = AdvantageEstimator::kRloo;
  config.rollout.responses_per_prompt = 1;
  EXPECT_THAT(std::string(CheckObjective(config).message()), HasSubstr("no other response"));
}

TEST(CheckObjective, TakesCutResponsesOutOnlyWhereSomeEndByThemselves) {
  RunConfig config;
  config.objective.reward.truncated = TruncatedReward::kMask;
  config.hindsight.replay_truncated = false;
  EXPECT_EQ(CheckObjective(config), absl::OkStatus());
  config.rollout.ignore_eos = true;
  EXPECT_THAT(std::string(CheckObjective(config).message()),
              HasSubstr("every response is truncated"));
}

TEST(CheckObjective, TakesWhatPapersCombine) {
  const std::vector<std::vector<std::string>> combinations = {
      {"advantage=grpo", "kl_in=loss", "kl_estimator=k3", "aggregation=seq-mean-token-mean"},
      {"advantage=dr_grpo", "kl_coef=0", "aggregation=seq-mean-token-sum-norm"},
      {"advantage=grpo", "kl_coef=0", "clip_ratio_high=0.28", "dual_clip=0"},
      {"advantage=grpo", "kl_coef=0", "loss=gspo", "clip_ratio_low=0.0003",
       "clip_ratio_high=0.0004", "aggregation=seq-mean-token-mean"},
      {"advantage=grpo", "kl_coef=0", "loss=cispo", "clip_ratio_low=1", "dual_clip=0"},
      {"advantage=rloo", "kl_in=reward", "aggregation=seq-mean-token-sum"},
      {"advantage=reinforce++_baseline", "kl_in=loss", "kl_estimator=k2"},
      {"advantage=maxrl", "kl_coef=0"},
      {"reward=graded", "graded_bonus=0.5", "overlong_buffer=100", "overlong_penalty=0.5"},
      {"reference_refresh_steps=10", "entropy_coef=0.001"},
      {"importance_cap=2", "importance_level=sequence", "old_logprobs_from=learner"}};
  for (const auto& combination : combinations) {
    EXPECT_EQ(CheckWith(combination), absl::OkStatus()) << combination[0];
  }
}

TEST(ConfigFiles, AreValid) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(HIR_SOURCE_DIR "/configs")) {
    const auto config = LoadRunConfig(entry.path());
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(ValidateRunConfig(*config), absl::OkStatus()) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

// The file is where a reader looks for what there is.
TEST(ConfigFiles, OfThePaperNamesEverySettingOfTheObjective) {
  const auto file = ReadFile(HIR_SOURCE_DIR "/configs/hir.yaml");
  ASSERT_TRUE(file.ok()) << file.status();
  for (const std::string& key : RunConfigKeys()) {
    if (key.rfind("objective.", 0) != 0) continue;
    EXPECT_THAT(*file, HasSubstr("\n  " + key.substr(key.find('.') + 1) + ": ")) << key;
  }
}

}  // namespace
}  // namespace hir
