#include "hir/config/check_objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

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
    ::testing::Values(Combination{{"advantage=rloo", "gamma=0.9"}, "only reinforce++ discounts"},
                      Combination{{"advantage=grpo"}, "would scale the KL penalty up"},
                      Combination{{"advantage=maxrl"}, "would scale the KL penalty up"},
                      Combination{{"dual_clip=0.5"},
                                  "must be 0, which turns the bound off, or above 1"},
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
      {"reference_refresh_steps=10", "entropy_coef=0.001"},
      {"importance_cap=2", "importance_level=sequence", "old_logprobs_from=learner"}};
  for (const auto& combination : combinations) {
    EXPECT_EQ(CheckWith(combination), absl::OkStatus()) << combination[0];
  }
}

}  // namespace
}  // namespace hir
