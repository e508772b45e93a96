#include "services/learner/collapse_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CollapseWatchTest : public ::testing::Test {
 protected:
  CollapseWatchTest() { watch_.SetFirstStep({.actor_entropy = 2.0}); }

  std::vector<std::string> Look(int64_t step, double entropy, double kl) {
    metrics_ = {.actor_entropy = entropy, .actor_ppo_kl = kl};
    return watch_.Look(step, metrics_);
  }

  CollapseWatch watch_;
  StepMetrics metrics_;
};

TEST_F(CollapseWatchTest, IsSilentWhileTrainingIsWell) {
  EXPECT_THAT(Look(2, 0.5, 0.1), IsEmpty());
  EXPECT_EQ(metrics_.training_collapse_signs, 0);
}

TEST_F(CollapseWatchTest, SaysOnceThatTheEntropyIsGone) {
  EXPECT_THAT(Look(2, 0.05, 0),
              ElementsAre(HasSubstr("step 2: the policy's entropy has collapsed")));
  EXPECT_EQ(metrics_.training_collapse_signs, 1);
  EXPECT_THAT(Look(3, 0.01, 0), IsEmpty());
  EXPECT_EQ(metrics_.training_collapse_signs, 1);
  EXPECT_THAT(Look(4, 1, 0), IsEmpty());
  EXPECT_THAT(Look(5, 0.01, 0).size(), 1u);
}

TEST_F(CollapseWatchTest, SaysThatTheEntropyOrTheKlExplodes) {
  EXPECT_THAT(Look(2, 9, -3), ElementsAre(HasSubstr("exploded"), HasSubstr("KL of -3")));
  EXPECT_EQ(metrics_.training_collapse_signs, 2);
  EXPECT_THAT(Look(3, 2, std::nan("")), IsEmpty());
}

TEST_F(CollapseWatchTest, TakesAKlThatIsNotFiniteForALargeOne) {
  EXPECT_THAT(Look(2, 2, std::nan("")), ElementsAre(HasSubstr("KL of nan")));
}

TEST_F(CollapseWatchTest, LeavesOutWhatAStepDidNotMeasure) {
  metrics_ = {};
  EXPECT_THAT(watch_.Look(2, metrics_), IsEmpty());
  CollapseWatch unknown;
  metrics_ = {.actor_entropy = 0.0};
  EXPECT_THAT(unknown.Look(2, metrics_), IsEmpty());
}

}  // namespace
}  // namespace hir
