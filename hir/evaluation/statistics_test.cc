#include "hir/evaluation/statistics.h"

#include <cmath>

#include "gtest/gtest.h"
#include "hir/base/random.h"

namespace hir {
namespace {

TEST(WilsonInterval, AgreesWithAWorkedExample) {
  // 10 of 50: Wilson's score interval is [0.1124, 0.3304] (Wilson 1927, z = 1.96).
  const Interval interval = WilsonInterval(10, 50);
  EXPECT_DOUBLE_EQ(interval.value, 0.2);
  EXPECT_NEAR(interval.low, 0.1124, 1e-4);
  EXPECT_NEAR(interval.high, 0.3304, 1e-4);
}

TEST(WilsonInterval, StaysInsideZeroAndOneAndIsNeverEmpty) {
  EXPECT_NEAR(WilsonInterval(0, 20).low, 0, 1e-12);
  EXPECT_GT(WilsonInterval(0, 20).high, 0.1);
  EXPECT_LT(WilsonInterval(20, 20).low, 0.9);
  EXPECT_NEAR(WilsonInterval(20, 20).high, 1, 1e-12);
  EXPECT_EQ(WilsonInterval(0, 0).high, 0);
}

TEST(RatioInterval, WeighsConstraintsNotPrompts) {
  const Interval interval = RatioInterval({{1, 1}, {0, 3}});
  EXPECT_DOUBLE_EQ(interval.value, 0.25);
  EXPECT_LE(interval.low, 0.25);
  EXPECT_GE(interval.high, 0.25);
}

TEST(RatioInterval, OfNothingIsZero) { EXPECT_EQ(RatioInterval({}).value, 0); }

TEST(PairedDifference, OfEqualOutcomesIsExactlyZero) {
  const std::vector<double> same = {1, 0, 0.5, 1};
  const Interval change = PairedDifference(same, same);
  EXPECT_EQ(change.low, 0);
  EXPECT_EQ(change.value, 0);
  EXPECT_EQ(change.high, 0);
}

TEST(PairedDifference, IsTheSameOnEveryCall) {
  const std::vector<double> before = {1, 0, 0, 1, 0};
  const std::vector<double> after = {1, 1, 0, 0, 1};
  EXPECT_EQ(PairedDifference(before, after).low, PairedDifference(before, after).low);
}

TEST(PairedDifference, SeesAClearGain) {
  const std::vector<double> before(40, 0);
  std::vector<double> after(40, 0);
  for (int i = 0; i < 20; ++i) after[i] = 1;
  const Interval change = PairedDifference(before, after);
  EXPECT_DOUBLE_EQ(change.value, 0.5);
  EXPECT_GT(change.low, 0.3);
  EXPECT_LT(change.high, 0.7);
}

// Of 200 experiments without any effect, a 95 % interval leaves out zero in about 10. The
// percentile bootstrap is a little too eager at n = 60: 24 or more has probability below 1e-4 at a
// true rate of 6 %.
TEST(PairedDifference, CoversZeroAsOftenAsItSays) {
  CounterRandom random(3, 0);
  int missed = 0;
  for (int experiment = 0; experiment < 200; ++experiment) {
    std::vector<double> before;
    std::vector<double> after;
    for (int i = 0; i < 60; ++i) {
      before.push_back(random.Uniform() < 0.3 ? 1 : 0);
      after.push_back(random.Uniform() < 0.3 ? 1 : 0);
    }
    const Interval change = PairedDifference(before, after);
    missed += change.low > 0 || change.high < 0;
  }
  EXPECT_LT(missed, 24);
}

}  // namespace
}  // namespace hir
