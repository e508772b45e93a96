#include "hir/driver/stall_watch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(StallWatch, TellsOnceThatNothingHappensWhileNobodyIsAtWork) {
  StallWatch watch;
  replay::v1::GetProgressResponse progress;
  progress.set_collecting_step(5);
  progress.set_collecting_expected(48);
  absl::Time now = absl::FromUnixSeconds(1000);
  EXPECT_EQ(watch.Look(progress, now), "");
  now += StallWatch::kPatience;
  EXPECT_THAT(watch.Look(progress, now), HasSubstr("step 5 has 0 of 48 responses"));
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(1)), "");
  progress.set_samples(1);
  EXPECT_EQ(watch.Look(progress, now), "");
  EXPECT_NE(watch.Look(progress, now + StallWatch::kPatience), "");
}

TEST(StallWatch, IsPatientWithAWorkerOrALearnerThatIsAtWork) {
  StallWatch watch;
  replay::v1::GetProgressResponse progress;
  const absl::Time now = absl::FromUnixSeconds(1000);
  progress.set_tasks_leased(1);
  EXPECT_EQ(watch.Look(progress, now), "");
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(1)), "");
  progress.set_tasks_leased(0);
  progress.set_newest_frozen_step(3);
  progress.mutable_weights()->set_version(2);
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(2)), "");
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(3)), "");
}

}  // namespace
}  // namespace hir
