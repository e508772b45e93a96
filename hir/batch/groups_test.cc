#include "hir/batch/groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hir/batch/batch.h"
#include "hir/batch/test_step.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kDiffering = {"ppp", "ppf"}, kFailing = {"ppf", "fff"},
                               kSucceeding = {"ppp", "ppp"}, kUnknown = {"ppu", "uuu"},
                               kOneKnown = {"ppu", "ppf"};

class GroupsTest : public ::testing::Test {
 protected:
  GroupsTest() {
    config_.rollout.train_batch_size = 2;
    config_.rollout.max_resampled_groups = 3;
    config_.hindsight.replay_per_prompt = 1;
  }

  // The step of these groups, numbered from 10.
  StepInput Of(const std::vector<std::vector<std::string>>& groups) const {
    StepInput input{.step = 3};
    for (size_t i = 0; i < groups.size(); ++i) AddTask(10 + i, groups[i], {0.5, 0.5}, input);
    return LeaveOutGroups(std::move(input), config_);
  }

  static std::vector<uint64_t> Tasks(const StepInput& input) {
    std::vector<uint64_t> tasks;
    for (const auto& [number, task] : input.tasks) tasks.push_back(number);
    return tasks;
  }

  RunConfig config_;
};

TEST_F(GroupsTest, ComparesTheRewardsThatTheRunTrainsWith) {
  config_.objective.reward = {.kind = RewardKind::kCla};
  EXPECT_THAT(Tasks(Of({kSucceeding, kFailing, kSucceeding, kDiffering})), ElementsAre(11, 13));
}

// Task 10 has one success and one failure, but that is masked.
TEST_F(GroupsTest, LooksAtNoResponseThatIsMasked) {
  config_.objective.reward.truncated = TruncatedReward::kMask;
  StepInput input{.step = 3};
  AddTask(10, kDiffering, {0.5, 0.5}, input);
  input.responses[1].truncated = true;
  AddTask(11, kDiffering, {0.5, 0.5}, input);
  AddTask(12, kDiffering, {0.5, 0.5}, input);
  EXPECT_THAT(Tasks(LeaveOutGroups(input, config_)), ElementsAre(11, 12));
}

TEST_F(GroupsTest, TakesNoDifferenceInLengthForOneInReward) {
  config_.objective.reward = {.overlong_buffer = 1000, .overlong_penalty = 1};
  EXPECT_THAT(Tasks(Of({kSucceeding, kFailing, kSucceeding, kDiffering})), ElementsAre(10, 13));
}

TEST_F(GroupsTest, KeepsTheFirstGroupsWithDifferentKnownRewards) {
  const StepInput input = Of({kFailing, kDiffering, kUnknown, kDiffering});
  EXPECT_THAT(Tasks(input), ElementsAre(11, 13));
  ASSERT_EQ(input.responses.size(), 4u);
  EXPECT_EQ(input.responses[0].id.task, 11u);
  EXPECT_EQ(input.responses[3].id.task, 13u);
  ASSERT_EQ(input.left_out.size(), 2u);
  EXPECT_EQ(input.left_out[0].task, 10u);
  EXPECT_EQ(input.left_out[0].reason, LeftOutReason::kEqualRewards);
  EXPECT_EQ(input.left_out[0].responses, 2u);
  EXPECT_EQ(input.left_out[0].response_tokens, 2u + 3u);
  EXPECT_EQ(input.left_out[1].task, 12u);
  EXPECT_EQ(input.left_out[1].reason, LeftOutReason::kUnknownRewards);
}

TEST_F(GroupsTest, FillsUpWithTheFirstOthersWhereTooFewTeachSomething) {
  EXPECT_THAT(Tasks(Of({kSucceeding, kFailing, kUnknown, kDiffering, kFailing})),
              ElementsAre(10, 13));
  EXPECT_THAT(Tasks(Of({kOneKnown, kUnknown, kFailing})), ElementsAre(10, 11));
}

TEST_F(GroupsTest, OneKnownRewardTeachesNothing) {
  EXPECT_THAT(Tasks(Of({kOneKnown, kDiffering, kDiffering})), ElementsAre(11, 12));
  EXPECT_EQ(Of({kOneKnown, kDiffering, kDiffering}).left_out[0].reason,
            LeftOutReason::kEqualRewards);
}

TEST_F(GroupsTest, LeavesNothingOutWithoutDynamicSampling) {
  config_.rollout.max_resampled_groups = 0;
  const StepInput input = Of({kFailing, kFailing, kUnknown});
  EXPECT_THAT(Tasks(input), ElementsAre(10, 11, 12));
  EXPECT_THAT(input.left_out, IsEmpty());
}

TEST_F(GroupsTest, TheBatchReplaysAsManyAsWithoutReplacements) {
  StepInput input = Of({kFailing, kDiffering, kDiffering});
  // Both have been replaced: the batch has all of its groups.
  input.abandoned_tasks = 2;
  const Batch batch = *BuildBatch(input, config_, BytesOf);
  EXPECT_EQ(batch.selection.requested, 2);
  EXPECT_EQ(batch.facts.originals, 4u);
  EXPECT_EQ(batch.facts.left_out_groups, 1u);
  EXPECT_EQ(batch.facts.left_out_tokens, 5u);
  EXPECT_EQ(batch.facts.zero_variance_group_ratio, 0);
  for (const BatchRow& row : batch.rows) EXPECT_NE(input.responses[row.response].id.task, 10u);
}

}  // namespace
}  // namespace hir
