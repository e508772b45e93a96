#include "hir/train/batch_facts.h"

#include <gtest/gtest.h>

#include <vector>

namespace hir {
namespace {

// Rows of 10 response tokens and these rewards; a negative reward marks a row that is not included.
std::vector<RowFacts> Rows(const std::vector<double>& rewards) {
  std::vector<RowFacts> facts;
  for (const double reward : rewards) {
    facts.push_back({.included = reward >= 0, .reward = reward, .response_tokens = 10});
  }
  return facts;
}

TEST(CountTokens, CountsIncludedRowsOfTheMiniBatch) {
  const std::vector<RowFacts> facts = Rows({1, 0, -1, 1});
  EXPECT_EQ(CountTokens(facts, {0, 4}), 30);
  EXPECT_EQ(CountTokens(facts, {2, 4}), 10);
  EXPECT_EQ(CountTokens(facts, {2, 2}), 0);
}

TEST(CountRows, CountsIncludedRowsOfTheMiniBatch) {
  const std::vector<RowFacts> facts = Rows({1, 0, -1, 1});
  EXPECT_EQ(CountRows(facts, {0, 4}), 3);
  EXPECT_EQ(CountRows(facts, {2, 3}), 0);
}

TEST(HasSignal, NeedsTwoRewardsAmongTheIncludedRowsOfTheMiniBatch) {
  const std::vector<RowFacts> facts = Rows({1, 0, -1, 1});
  for (const RowRange range : {RowRange{0, 2}, RowRange{1, 4}}) {
    EXPECT_TRUE(HasSignal(facts, range, AdvantageEstimator::kReinforcePlusPlus));
  }
  for (const RowRange range : {RowRange{2, 4}, RowRange{3, 3}}) {
    EXPECT_FALSE(HasSignal(facts, range, AdvantageEstimator::kReinforcePlusPlus));
  }
}

TEST(HasSignal, OfAGroupedEstimatorNeedsTwoRewardsInTheGroupOfARow) {
  std::vector<RowFacts> facts = Rows({1, 1, 0, 0, 0, 1});
  for (size_t row = 0; row < facts.size(); ++row) facts[row].task = row / 2;
  // Equal within tasks 0 and 1, whatever the other has.
  EXPECT_FALSE(HasSignal(facts, {0, 4}, AdvantageEstimator::kGrpo));
  EXPECT_TRUE(HasSignal(facts, {0, 4}, AdvantageEstimator::kReinforcePlusPlus));
  // The rest of the group may be in another mini-batch.
  EXPECT_TRUE(HasSignal(facts, {5, 6}, AdvantageEstimator::kGrpo));
  facts[5].included = false;
  EXPECT_FALSE(HasSignal(facts, {0, 6}, AdvantageEstimator::kGrpo));
}

TEST(HasSignal, OfAGroupedEstimatorIsInAReplayOfAGroupThatFailed) {
  std::vector<RowFacts> facts = Rows({0, 1, 0});
  facts[1].replayed = true;
  EXPECT_TRUE(HasSignal(facts, {1, 2}, AdvantageEstimator::kGrpo));
  // A replayed row is in no other row's group.
  EXPECT_FALSE(HasSignal(facts, {2, 3}, AdvantageEstimator::kGrpo));
  facts[0].included = facts[2].included = false;
  EXPECT_FALSE(HasSignal(facts, {0, 3}, AdvantageEstimator::kGrpo));
}

TEST(GatherRowFacts, KeepsEveryBitOfTheTask) {
  const uint64_t task = 0xfedcba9876543211;
  const TrainingSample sample{
      .row = 1, .task = task, .replayed = true, .prompt = {1}, .tokens = {2}, .logprobs = {-1}};
  const auto facts = GatherRowFacts({sample}, 2, *MakeSingleProcessGroup());
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->at(1).task, task);
  EXPECT_TRUE(facts->at(1).replayed && facts->at(1).included);
  EXPECT_FALSE(facts->at(0).included);
}

}  // namespace
}  // namespace hir
