#include "hir/train/learning_rate.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "hir/base/file.h"
#include "hir/base/json.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

// Made by tools/goldens/schedules.py.
TEST(LearningRate, IsThatOfTransformersAndPyTorchInEveryStep) {
  const auto text = ReadFile(HIR_SOURCE_DIR "/tools/goldens/schedules.json");
  ASSERT_TRUE(text.ok()) << text.status();
  const auto golden = ParseJson(*text);
  ASSERT_TRUE(golden.ok()) << golden.status();
  ASSERT_GE(golden->at("cases").size(), 15u);
  for (const nlohmann::json& c : golden->at("cases")) {
    const auto schedule = FromWord<LrSchedule>(c.at("schedule").get<std::string>());
    ASSERT_TRUE(schedule.has_value());
    const OptimizerConfig options{.lr = c.at("lr"),
                                  .schedule = *schedule,
                                  .warmup = c.at("warmup"),
                                  .min_lr_ratio = c.at("min_lr_ratio")};
    const int64_t total = c.at("total_steps");
    ASSERT_EQ(c.at("rates").size(), static_cast<size_t>(total));
    for (int64_t step = 1; step <= total; ++step) {
      EXPECT_NEAR(LearningRate(options, step, total), c.at("rates")[step - 1].get<double>(), 1e-15)
          << c.at("schedule") << " of " << total << ", step " << step;
    }
  }
}

TEST(LearningRate, IsConstantUnlessAScheduleIsChosen) {
  for (const int64_t step : {1, 50, 100}) {
    EXPECT_EQ(LearningRate({.lr = 3e-4}, step, 100), 3e-4);
  }
}

// A run that was extended may stand at its last step's number for a while.
TEST(LearningRate, StaysAtTheFloorBeyondTheLastStep) {
  const OptimizerConfig options{.lr = 1e-3, .schedule = LrSchedule::kCosine, .min_lr_ratio = 0.25};
  EXPECT_NEAR(LearningRate(options, 40, 10), 0.25e-3, 1e-15);
}

}  // namespace
}  // namespace hir
