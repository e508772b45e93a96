#include "hir/driver/pace.h"

#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(TimeLeft, CountsStepsAndEvaluationsAtTheirOwnPace) {
  const Pace pace = {
      .training = absl::Seconds(20), .steps = 2, .evaluating = absl::Seconds(90), .evaluations = 1};
  EXPECT_EQ(TimeLeft(pace, 3, 1), absl::Seconds(30 + 90));
  EXPECT_EQ(TimeLeft(pace, 0, 0), absl::ZeroDuration());
}

TEST(TimeLeft, LeavesOutWhatHasNoPaceYet) {
  EXPECT_EQ(TimeLeft({.training = absl::Seconds(5), .steps = 1}, 2, 4), absl::Seconds(10));
}

}  // namespace
}  // namespace hir
