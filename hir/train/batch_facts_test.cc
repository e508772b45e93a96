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

TEST(HasSignal, NeedsTwoRewardsAmongTheIncludedRowsOfTheMiniBatch) {
  const std::vector<RowFacts> facts = Rows({1, 0, -1, 1});
  EXPECT_TRUE(HasSignal(facts, {0, 2}));
  EXPECT_TRUE(HasSignal(facts, {1, 4}));
  EXPECT_FALSE(HasSignal(facts, {2, 4}));
  EXPECT_FALSE(HasSignal(facts, {3, 3}));
}

}  // namespace
}  // namespace hir
