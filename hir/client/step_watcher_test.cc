#include "hir/client/step_watcher.h"

#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/fakes/fake_learner.h"
#include "hir/fakes/in_process_server.h"
#include "hir/testing/patience.h"

namespace hir {
namespace {

using ::testing::ElementsAre;

class StepWatcherTest : public ::testing::Test {
 protected:
  StepWatcherTest() {
    absl::MutexLock lock(&ring_.mutex);
    ring_.total_steps = 3;
    ring_.tasks.emplace_back().set_step(3);
  }
  // The steps that `watcher` gives until the run is complete.
  static std::vector<int64_t> StepsOf(StepWatcher& watcher) {
    std::vector<int64_t> steps;
    while (const auto report = watcher.Next(kPatience)) steps.push_back(report->step());
    return steps;
  }

  FakeRingState ring_;
  FakeLearner learner_{ring_};
  InProcessServer server_{{&learner_}};
  learner::v1::Learner::Stub stub_{server_.channel()};
};

TEST_F(StepWatcherTest, GivesEveryStepOnceAlsoWhenTheLearnerBreaksItsStream) {
  {
    absl::MutexLock lock(&ring_.mutex);
    ring_.broken_streams = 1;
  }
  StepWatcher watcher(stub_, "r", 0);
  EXPECT_THAT(StepsOf(watcher), ElementsAre(1, 2, 3));
  EXPECT_TRUE(watcher.complete());
  EXPECT_TRUE(watcher.status().ok()) << watcher.status();
}

TEST_F(StepWatcherTest, BeginsAfterTheStepThatIsKnown) {
  StepWatcher watcher(stub_, "r", 1);
  EXPECT_THAT(StepsOf(watcher), ElementsAre(2, 3));
}

TEST_F(StepWatcherTest, EndsItsStreamWhenItIsDestroyed) {
  {
    absl::MutexLock lock(&ring_.mutex);
    ring_.tasks.clear();
  }
  StepWatcher watcher(stub_, "r", 0);
  EXPECT_FALSE(watcher.Next(absl::Milliseconds(1)).has_value());
}

}  // namespace
}  // namespace hir
