#include "cli/plan.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

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

TEST(Plan, SaysWhatItLacksForTime) {
  const PlanInputs inputs = {.parameters = 134.5e6};
  const std::string text = FormatPlan(PlanRun(Demo(), inputs), Demo(), inputs);
  EXPECT_THAT(text, HasSubstr("134.5 M parameters, 257 MiB in bf16"));
  EXPECT_THAT(text, HasSubstr("--decode-tokens-per-second"));
}

}  // namespace
}  // namespace hir
