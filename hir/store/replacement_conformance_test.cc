// What every ReplayStore does with tasks that are held back to replace others (dynamic sampling).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <optional>
#include <set>
#include <vector>

#include "hir/store/store_fixture.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Reward = std::optional<double>;

// Two groups of two for step 1, tasks 0 and 1; tasks 2 to 4 replace them.
class ReplacementConformance : public StoreConformance {
 protected:
  void SetUp() override {
    StoreConformance::SetUp();
    record_.replacements_per_step = 3;
  }

  static TaskRecord Replacement(uint64_t task) {
    TaskRecord record = Task(task, 1);
    record.replacement = true;
    return record;
  }

  void Make() {
    ASSERT_TRUE(store_->CreateRun(kRun, record_).ok());
    Put({Task(0, 1), Task(1, 1), Replacement(2), Replacement(3), Replacement(4)});
  }

  void Put(const std::vector<TaskRecord>& tasks) {
    ASSERT_EQ(store_->PutTasks(kRun, tasks).status(), absl::OkStatus());
  }

  std::vector<uint64_t> LeaseAll() {
    std::vector<uint64_t> tasks;
    for (const TaskLease& lease : Lease(9).leases) tasks.push_back(lease.task);
    return tasks;
  }

  InsertOutcome InsertOne(uint64_t task, uint32_t sample, Reward reward) {
    return store_
        ->Insert(kRun, {.task = task,
                        .sample = sample,
                        .step = 1,
                        .token = 1,
                        .payload = Payload(task, sample),
                        .reward = reward})
        .value();
  }

  // Inserts both samples of the task; returns whether that completed the step.
  bool Complete(uint64_t task, Reward first, Reward second) {
    EXPECT_FALSE(InsertOne(task, 0, first).step_complete);
    return InsertOne(task, 1, second).step_complete;
  }

  std::vector<uint64_t> StepTasks() {
    std::vector<uint64_t> tasks;
    const std::vector<StepTask> found = store_->GetStepTasks(kRun, 1).value();
    for (const StepTask& task : found) tasks.push_back(task.task);
    return tasks;
  }

  LedgerRun record_ = Record();
};

TEST_P(ReplacementConformance, AreNotLeasedWhileTheOtherGroupsMayTeachSomething) {
  Make();
  EXPECT_THAT(LeaseAll(), ElementsAre(0, 1));
  EXPECT_THAT(LeaseAll(), IsEmpty());
  EXPECT_FALSE(Complete(0, 0, 1));
  EXPECT_TRUE(Complete(1, 1.0 / 3, 2.0 / 3));
  EXPECT_THAT(LeaseAll(), IsEmpty());
  EXPECT_THAT(StepTasks(), ElementsAre(0, 1));
  const StepState state = *store_->GetStep(kRun, 1);
  EXPECT_TRUE(state.complete);
  EXPECT_EQ(state.expected, 4u);
  EXPECT_TRUE(*store_->Freeze(kRun, 1, {"batch", "digest"}));
}

TEST_P(ReplacementConformance, TheLowestNumberReplacesAGroupAsSoonAsItIsKnownToTeachNothing) {
  Make();
  LeaseAll();
  EXPECT_EQ(store_->GetProgress(kRun)->tasks_held, 3u);
  EXPECT_FALSE(Complete(1, 1, 1));
  EXPECT_THAT(LeaseAll(), ElementsAre(2));
  EXPECT_FALSE(Complete(0, std::nullopt, 0));
  EXPECT_THAT(LeaseAll(), ElementsAre(3));
  EXPECT_EQ(store_->GetStep(kRun, 1)->expected, 8u);
  EXPECT_FALSE(Complete(3, 0, 1));
  EXPECT_TRUE(Complete(2, 0, 1));
  EXPECT_THAT(StepTasks(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(store_->GetProgress(kRun)->tasks_held, 1u);
}

TEST_P(ReplacementConformance, AStepEndsWhenNoneIsLeft) {
  Make();
  std::set<uint64_t> seen;
  bool complete = false;
  for (std::vector<uint64_t> tasks = LeaseAll(); !tasks.empty(); tasks = LeaseAll()) {
    for (const uint64_t task : tasks) {
      seen.insert(task);
      complete = Complete(task, 0, 0);
    }
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(complete);
  EXPECT_EQ(store_->GetStep(kRun, 1)->tasks, 5u);
}

// Groups 1 and 3 teach something, the others do not: they are found after tasks 0 to 3.
TEST_P(ReplacementConformance, TheLeasedTasksDoNotDependOnTheOrderInWhichGroupsEnd) {
  Make();
  for (const char order : {'a', 'b', 'c'}) {
    SCOPED_TRACE(order);
    std::set<uint64_t> open, seen;
    while (true) {
      for (const uint64_t task : LeaseAll()) {
        open.insert(task);
        seen.insert(task);
      }
      if (open.empty()) break;
      const auto next = order == 'a' ? open.begin() : std::prev(open.end());
      const uint64_t task = order == 'c' && open.size() > 1 ? *std::next(open.begin()) : *next;
      open.erase(task);
      Complete(task, 0, task % 2 == 1 ? 1 : 0);
    }
    EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(StepTasks(), ElementsAre(0, 1, 2, 3));
    ASSERT_TRUE(store_->DeleteRun(kRun).ok());
    Make();
  }
}

TEST_P(ReplacementConformance, AnAbandonedGroupIsReplacedToo) {
  record_.max_attempts = 1;
  Make();
  LeaseAll();
  const std::vector<GivenUpLease> given_up = {{.lease = {.task = 0, .token = 1}, .reason = "why"}};
  ASSERT_TRUE(store_->GiveUp(kRun, given_up).ok());
  EXPECT_THAT(LeaseAll(), ElementsAre(2));
  EXPECT_FALSE(Complete(1, 0, 1));
  EXPECT_TRUE(Complete(2, 0, 1));
  const StepState state = *store_->GetStep(kRun, 1);
  EXPECT_EQ(state.abandoned, 1u);
  EXPECT_EQ(state.expected, 4u);
}

TEST_P(ReplacementConformance, AStepWaitsUntilAllOfThemArePut) {
  ASSERT_TRUE(store_->CreateRun(kRun, record_).ok());
  Put({Task(0, 1), Task(1, 1)});
  LeaseAll();
  EXPECT_FALSE(Complete(0, 0, 0));
  EXPECT_FALSE(Complete(1, 0, 1));
  EXPECT_FALSE(store_->GetStep(kRun, 1)->complete);
  // In whatever order.
  Put({Replacement(4)});
  EXPECT_THAT(LeaseAll(), IsEmpty());
  Put({Replacement(3), Replacement(2)});
  EXPECT_THAT(LeaseAll(), ElementsAre(2));
  EXPECT_TRUE(Complete(2, 0, 1));
}

TEST_P(ReplacementConformance, NoSampleOfOneThatIsHeldBackIsTaken) {
  Make();
  LeaseAll();
  EXPECT_EQ(Insert(2, 0, 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(ReplacementConformance, AStepTakesItsNumberOfEachKind) {
  Make();
  std::vector<TaskRecord> more = {Replacement(5)};
  EXPECT_THAT(std::string(store_->PutTasks(kRun, more).status().message()),
              HasSubstr("all of its tasks"));
  more[0].replacement = false;
  EXPECT_FALSE(store_->PutTasks(kRun, more).ok());
  EXPECT_EQ(store_->GetRun(kRun)->record.replacements_per_step, 3);
}

INSTANTIATE_TEST_SUITE_P(Stores, ReplacementConformance,
                         ::testing::Values(StoreKind::kRedis, StoreKind::kModel), StoreName);

}  // namespace
}  // namespace hir
