#include "hir/hindsight/curriculum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(IntegrityWeight, GivesTheNumbersOfThePapersSchedule) {
  EXPECT_DOUBLE_EQ(*IntegrityWeight({}, 1), 2.1);
  EXPECT_NEAR(*IntegrityWeight({}, 50), 22.9, 0.05);
  EXPECT_NEAR(*IntegrityWeight({}, 100), 263.0, 0.05);
}

TEST(IntegrityWeight, StopsAtTheCap) { EXPECT_EQ(*IntegrityWeight({.max_weight = 5.0}, 400), 5.0); }

TEST(IntegrityWeight, StaysFiniteWithoutACap) {
  const HindsightConfig uncapped{.max_weight = std::numeric_limits<double>::infinity()};
  EXPECT_TRUE(std::isfinite(*IntegrityWeight(uncapped, 1'000'000)));
  EXPECT_EQ(*IntegrityWeight({.initial_weight = 0, .max_weight = 1e6}, 1'000'000), 0.0);
}

TEST(IntegrityWeight, NamesTheSettingThatIsWrong) {
  EXPECT_THAT(IntegrityWeight({}, 0).status().message(), HasSubstr("step is 0"));
  EXPECT_THAT(IntegrityWeight({.initial_weight = -1}, 1).status().message(),
              HasSubstr("initial_weight is -1"));
  EXPECT_THAT(IntegrityWeight({.weight_growth = NAN}, 1).status().message(),
              HasSubstr("weight_growth"));
  EXPECT_THAT(IntegrityWeight({.max_weight = 0}, 1).status().message(),
              HasSubstr("max_weight is 0"));
}

RC_GTEST_PROP(IntegrityWeight, NeverFallsWithTheStepNorPassesTheCap, ()) {
  HindsightConfig settings;
  settings.initial_weight = *rc::gen::inRange(0, 1000) / 100.0;
  settings.weight_growth = *rc::gen::inRange(0, 100) / 100.0;
  settings.max_weight = *rc::gen::inRange(1, 100000) / 10.0;
  const int64_t step = *rc::gen::inRange<int64_t>(1, 2000);
  const double now = *IntegrityWeight(settings, step);
  const double next = *IntegrityWeight(settings, step + 1);
  RC_ASSERT(now <= next);
  RC_ASSERT(next <= settings.max_weight);
}

}  // namespace
}  // namespace hir
