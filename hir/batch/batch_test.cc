#include "hir/batch/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/batch/test_step.h"
#include "hir/domain/reward.h"

namespace hir {
namespace {

using ::testing::ElementsAre;

class BuildBatchTest : public ::testing::Test {
 protected:
  BuildBatchTest() { config_.hindsight.replay_per_prompt = 1; }

  Batch Build() { return BuildBatch(input_, config_, BytesOf).value(); }

  std::vector<std::string> Rows(const Batch& batch) {
    std::vector<std::string> rows;
    for (const BatchRow& row : batch.rows) {
      const SampleId& id = input_.responses[row.response].id;
      rows.push_back(absl::StrCat(id.task, "/", id.sample, row.replayed.has_value() ? "r" : ""));
    }
    return rows;
  }

  RunConfig config_;
  StepInput input_ = TestStep();
};

TEST_F(BuildBatchTest, PutsEachReplayedRowAfterItsParent) {
  EXPECT_THAT(Rows(Build()), ElementsAre("5/0", "5/1", "5/2", "6/0", "6/1", "6/1r", "6/2", "6/2r"));
}

TEST_F(BuildBatchTest, AReplayedRowIsASuccessUnderItsOwnPrompt) {
  const Batch batch = Build();
  const BatchRow& row = batch.rows[7];
  const Replayed& replayed = batch.replayed[row.replayed.value()];
  EXPECT_EQ(replayed.response, row.response);
  EXPECT_EQ(row.tokens, replayed.prompt.size() + 4);
  EXPECT_EQ(row.reward, 1.0);
  EXPECT_EQ(batch.rows[6].reward, 0.0);
  EXPECT_EQ(batch.rows[0].tokens, 3u + 2u);
}

TEST_F(BuildBatchTest, LeavesUnknownRewardsOutUnlessToldOtherwise) {
  EXPECT_FALSE(Build().rows[4].included);
  EXPECT_TRUE(Build().rows[5].included);
  config_.objective.unknown_reward = UnknownReward::kZero;
  EXPECT_TRUE(Build().rows[4].included);
}

TEST_F(BuildBatchTest, APromptThatIsTooLongLeavesAShortfall) {
  config_.rollout.max_prompt_tokens = static_cast<int>(std::string("question 6\n\none").size());
  const Batch batch = Build();
  EXPECT_THAT(Rows(batch), ElementsAre("5/0", "5/1", "5/2", "6/0", "6/0r", "6/1", "6/2"));
  EXPECT_EQ(batch.facts.shortfall, 1u);
}

TEST_F(BuildBatchTest, NeverReplaysWhatCannotBeRewritten) {
  for (size_t i = 3; i < 6; ++i) input_.responses[i].rewritable = false;
  EXPECT_THAT(Rows(Build()), ElementsAre("5/0", "5/0r", "5/1", "5/2", "6/0", "6/1", "6/2"));
}

TEST_F(BuildBatchTest, OffReplaysNothing) {
  config_.hindsight.mode = SelectionMode::kOff;
  const Batch batch = Build();
  EXPECT_EQ(batch.rows.size(), 6u);
  EXPECT_EQ(batch.facts.shortfall, 0u);
}

TEST_F(BuildBatchTest, RewardsOriginalsAndReplayedRowsByTheRunsRule) {
  config_.objective.reward = {.kind = RewardKind::kGraded, .graded_bonus = 0.5};
  const Batch batch = Build();
  double least = 2;
  for (const BatchRow& row : batch.rows) {
    const auto& verdicts = input_.responses[row.response].verdicts;
    const double share = row.replayed ? 1 : ConstraintAccuracy(verdicts);
    EXPECT_DOUBLE_EQ(row.reward, !row.included ? 0 : share == 1 ? 1.5 : share);
    least = std::min(least, row.reward);
  }
  EXPECT_EQ(batch.facts.reward_min, least);
  EXPECT_EQ(batch.facts.reward_max, 1.5);
  // The ILA of evaluations and curves stays what it is.
  EXPECT_DOUBLE_EQ(batch.facts.reward_density, 1.0 / 5);
}

TEST_F(BuildBatchTest, TakesThePenaltyForLengthOffAnUnknownRewardThatCountsAsZero) {
  config_.objective.unknown_reward = UnknownReward::kZero;
  config_.objective.reward = {.overlong_buffer = 1, .overlong_penalty = 0.5};
  config_.rollout.max_response_tokens = 3;
  for (const BatchRow& row : Build().rows) {
    if (row.replayed || RewardOf(input_.responses[row.response].verdicts)) continue;
    EXPECT_TRUE(row.included);
    EXPECT_EQ(row.reward, input_.responses[row.response].tokens >= 3 ? -0.5 : 0);
  }
}

TEST_F(BuildBatchTest, LeavesTruncatedResponsesOutIfTheyAreMasked) {
  config_.objective.reward.truncated = TruncatedReward::kMask;
  config_.hindsight.replay_truncated = false;
  input_.responses[0].truncated = true;
  const Batch batch = Build();
  EXPECT_FALSE(batch.rows[0].included);
  EXPECT_THAT(Rows(batch), ::testing::Not(::testing::Contains("5/0r")));
  EXPECT_TRUE(batch.rows[1].included);
}

TEST_F(BuildBatchTest, ComputesTheFactsOfTheStep) {
  input_.abandoned_tasks = 1;
  input_.abandon_reason = "w:1: gone";
  input_.responses[1].truncated = true;
  input_.responses[2].reasoning_ended = false;
  input_.responses[1].weights = {{.version = 2}, {.version = 1}};
  const StepFacts facts = Build().facts;
  EXPECT_EQ(facts.step, 3);
  EXPECT_EQ(facts.originals, 6u);
  EXPECT_EQ(facts.eligible, 4u);
  EXPECT_EQ(facts.replayed, 3u);  // k = 1, B = 2 and the abandoned one.
  EXPECT_EQ(facts.unknown, 1u);
  EXPECT_EQ(facts.truncated, 1u);
  EXPECT_EQ(facts.reasoning_unended, 1u);
  EXPECT_EQ(facts.abandoned_tasks, 1u);
  EXPECT_EQ(facts.abandon_reason, "w:1: gone");
  EXPECT_DOUBLE_EQ(facts.lambda, 2.0 * 1.05 * 1.05 * 1.05);
  EXPECT_DOUBLE_EQ(facts.reward_density, 1.0 / 5);
  EXPECT_DOUBLE_EQ(facts.reward_mean, 1.0 / 5);
  EXPECT_DOUBLE_EQ(facts.reward_std, 0.4);
  EXPECT_EQ(facts.reward_min, 0);
  EXPECT_EQ(facts.reward_max, 1);
  EXPECT_NEAR(facts.constraint_accuracy, (2 + 0 + 3 + 1 + 2 + 2) / 18.0, 1e-12);
  EXPECT_DOUBLE_EQ(facts.zero_variance_group_ratio, 0.5);
  EXPECT_EQ(facts.response_tokens, 18u);
  EXPECT_DOUBLE_EQ(facts.response_tokens_mean, 3.0);
  EXPECT_EQ(facts.response_tokens_min, 2u);
  EXPECT_EQ(facts.response_tokens_max, 4u);
  EXPECT_EQ(facts.prompt_tokens, 6u);
  EXPECT_NEAR(facts.entropy_mean_nats,
              (2 * 0.1 + 3 * 0.9 + 4 * 0.5 + 2 * 0.9 + 3 * 0.5 + 4 * 0.4) / 18, 1e-12);
  EXPECT_NEAR(facts.constraints_removed_mean, 4.0 / 3, 1e-12);
  EXPECT_EQ(facts.max_staleness, 1u);
  EXPECT_EQ(facts.first_insert, absl::FromUnixSeconds(1000));
  EXPECT_EQ(facts.frozen_at, absl::FromUnixSeconds(2000));
}

// As with rollout.swap: keep.
TEST_F(BuildBatchTest, AResponseIsAsStaleAsItsOldestToken) {
  const int64_t newest = input_.step - 1;
  input_.responses[1].weights = {{.version = newest - 2}, {.version = newest}};
  EXPECT_EQ(Build().facts.max_staleness, 2u);
}

TEST_F(BuildBatchTest, OfNothingHasNoRowsAndNoMeans) {
  input_ = {.step = 1, .abandoned_tasks = 2};
  const Batch batch = Build();
  EXPECT_TRUE(batch.rows.empty());
  EXPECT_EQ(batch.facts.response_tokens_min, 0u);
  EXPECT_EQ(batch.facts.reward_density, 0.0);
  EXPECT_EQ(batch.facts.shortfall, 2u);
}

}  // namespace
}  // namespace hir
