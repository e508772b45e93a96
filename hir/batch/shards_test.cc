#include "hir/batch/shards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace hir {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(AssignShards, GivesEverythingToASingleRank) {
  const std::vector<ShardRow> rows = {{0, 10}, {0, 10}, {1, 99}};
  EXPECT_THAT(AssignShards(rows, 2, 1), Each(0u));
  EXPECT_TRUE(AssignShards({}, 2, 4).empty());
}

TEST(AssignShards, KeepsTheRowsOfATaskTogetherWhenThatCostsNoBalance) {
  const std::vector<ShardRow> rows = {{0, 10}, {0, 10}, {1, 10}, {1, 10},
                                      {2, 10}, {2, 10}, {3, 10}, {3, 10}};
  const std::vector<uint32_t> ranks = AssignShards(rows, 1, 2);
  std::map<uint64_t, std::set<uint32_t>> ranks_of_task;
  for (size_t i = 0; i < rows.size(); ++i) ranks_of_task[rows[i].task].insert(ranks[i]);
  for (const auto& [task, used] : ranks_of_task) EXPECT_EQ(used.size(), 1u);
  EXPECT_EQ(std::count(ranks.begin(), ranks.end(), 0u), 4);
}

TEST(AssignShards, CutsATaskThatIsTooLargeForOneRank) {
  const std::vector<ShardRow> rows = {{0, 10}, {0, 10}, {0, 10}, {0, 10}};
  EXPECT_THAT(AssignShards(rows, 1, 2), ElementsAre(0, 0, 1, 1));
}

TEST(AssignShards, BalancesEachMiniBatchByItself) {
  const std::vector<ShardRow> rows = {{0, 10}, {1, 10}, {2, 70}, {3, 70}};
  const std::vector<uint32_t> ranks = AssignShards(rows, 2, 2);
  EXPECT_NE(ranks[0], ranks[1]);
  EXPECT_NE(ranks[2], ranks[3]);
}

RC_GTEST_PROP(AssignShards, GivesNoRankMoreThanTwoEvenSharesOfAMiniBatch, ()) {
  std::vector<ShardRow> rows;
  const int count = *rc::gen::inRange(1, 60);
  uint64_t total = 0, largest = 0;
  for (int i = 0; i < count; ++i) {
    rows.push_back({static_cast<uint64_t>(i / *rc::gen::inRange(1, 7)),
                    static_cast<uint32_t>(*rc::gen::inRange(1, 500))});
    total += rows.back().tokens;
    largest = std::max<uint64_t>(largest, rows.back().tokens);
  }
  const uint32_t world = *rc::gen::inRange(1, 9);
  const std::vector<uint32_t> ranks = AssignShards(rows, 1, world);
  RC_ASSERT(ranks.size() == rows.size());
  std::vector<uint64_t> load(world, 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    RC_ASSERT(ranks[i] < world);
    load[ranks[i]] += rows[i].tokens;
  }
  // A row cannot be cut, so one that is longer than an even share may stand out by itself.
  const uint64_t even = total / world + 1;
  RC_ASSERT(*std::max_element(load.begin(), load.end()) <= even + std::max(even, largest));
}

}  // namespace
}  // namespace hir
