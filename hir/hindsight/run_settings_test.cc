#include "hir/hindsight/run_settings.h"

#include <gtest/gtest.h>

namespace hir {
namespace {

TEST(SelectionSettingsOf, TakesEverySettingOfTheRun) {
  RunConfig config;
  config.seed = 7;
  config.hindsight = {.mode = SelectionMode::kDiversity,
                      .scope = SelectionScope::kInstruction,
                      .replay_per_prompt = 3,
                      .initial_weight = 1.5,
                      .weight_growth = 0.25,
                      .max_weight = 9,
                      .entropy = EntropyReduction::kSum,
                      .replay_truncated = false};
  const SelectionSettings settings = SelectionSettingsOf(config, 5);
  EXPECT_EQ(settings.mode, SelectionMode::kDiversity);
  EXPECT_EQ(settings.scope, SelectionScope::kInstruction);
  EXPECT_EQ(settings.entropy, EntropyReduction::kSum);
  EXPECT_EQ(settings.replay_per_instruction, 3);
  EXPECT_EQ(settings.instructions, 5);
  EXPECT_EQ(settings.curriculum.initial_weight, 1.5);
  EXPECT_EQ(settings.curriculum.weight_growth, 0.25);
  EXPECT_EQ(settings.curriculum.max_weight, 9);
  EXPECT_FALSE(settings.replay_truncated);
  EXPECT_EQ(settings.seed, 7u);
}

}  // namespace
}  // namespace hir
