#include "hir/batch/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hir/batch/shards.h"

namespace hir {
namespace {

using ::testing::ElementsAre;

std::vector<size_t> Sizes(const std::vector<RowRange>& ranges) {
  std::vector<size_t> sizes;
  for (const RowRange range : ranges) sizes.push_back(range.size());
  return sizes;
}

TEST(CutIntoMiniBatches, CutsTheRowsIntoEqualPartsInOrder) {
  EXPECT_THAT(Sizes(CutIntoMiniBatches(5, 2)), ElementsAre(3, 2));
  EXPECT_THAT(Sizes(CutIntoMiniBatches(8, 4)), ElementsAre(2, 2, 2, 2));
}

TEST(CutIntoMiniBatches, LeavesPartsEmptyWhereThereAreFewerRows) {
  EXPECT_THAT(Sizes(CutIntoMiniBatches(2, 4)), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(Sizes(CutIntoMiniBatches(0, 3)), ElementsAre(0, 0, 0));
}

// The formula of docs/method.md, which other programs may compute row by row.
RC_GTEST_PROP(CutIntoMiniBatches, PutsRowIOfNIntoPartITimesPartsOverN, ()) {
  const auto rows = *rc::gen::inRange<size_t>(1, 5000);
  const auto mini_batches = *rc::gen::inRange<size_t>(1, 70);
  const std::vector<RowRange> ranges = CutIntoMiniBatches(rows, mini_batches);
  for (size_t part = 0; part < ranges.size(); ++part) {
    for (size_t row = ranges[part].begin; row < ranges[part].end; ++row) {
      RC_ASSERT(row * mini_batches / rows == part);
    }
  }
}

RC_GTEST_PROP(CutIntoMiniBatches, PutsEachRowIntoOnePartInOrderAndPartsDifferByAtMostARow, ()) {
  const auto rows = *rc::gen::inRange<size_t>(0, 5000);
  const auto mini_batches = *rc::gen::inRange<size_t>(1, 70);
  const std::vector<RowRange> ranges = CutIntoMiniBatches(rows, mini_batches);
  RC_ASSERT(ranges.size() == mini_batches);
  size_t next = 0;
  for (const RowRange range : ranges) {
    RC_ASSERT(range.begin == next);
    RC_ASSERT(range.end >= range.begin);
    next = range.end;
  }
  RC_ASSERT(next == rows);
  const std::vector<size_t> sizes = Sizes(ranges);
  const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
  RC_ASSERT(*most - *least <= 1u);
}

// Replay deals rows to ranks; each rank trains, in update m, those of its rows that lie in part m
// of the cut of all rows. Together they must train part m, each row once, and share its tokens.
RC_GTEST_PROP(CutIntoMiniBatches, EveryUpdateOfTheLearnerIsAPartThatReplayBalanced, ()) {
  const auto count = *rc::gen::inRange<size_t>(0, 120);
  const auto tasks = *rc::gen::inRange<uint64_t>(1, 20);
  std::vector<ShardRow> rows;
  for (size_t i = 0; i < count; ++i) {
    rows.push_back({i * tasks / count, *rc::gen::inRange<uint32_t>(1, 500)});
  }
  const auto updates = *rc::gen::inRange<size_t>(1, 9);
  const auto world = *rc::gen::inRange<uint32_t>(1, 9);
  const std::vector<uint32_t> ranks = AssignShards(rows, updates, world);
  RC_ASSERT(ranks.size() == rows.size());
  std::vector<std::vector<size_t>> shards(world);
  for (size_t row = 0; row < count; ++row) shards.at(ranks[row]).push_back(row);
  for (const RowRange update : CutIntoMiniBatches(count, updates)) {
    std::vector<size_t> trained;
    uint64_t total = 0, heaviest = 0, longest = 0;
    for (const std::vector<size_t>& shard : shards) {
      uint64_t load = 0;
      for (const size_t row : shard) {
        if (row < update.begin || row >= update.end) continue;
        trained.push_back(row);
        load += rows[row].tokens;
        longest = std::max<uint64_t>(longest, rows[row].tokens);
      }
      total += load;
      heaviest = std::max(heaviest, load);
    }
    std::sort(trained.begin(), trained.end());
    RC_ASSERT(trained.size() == update.size());
    for (size_t i = 0; i < trained.size(); ++i) RC_ASSERT(trained[i] == update.begin + i);
    // As AssignShards() promises: an even share and one piece, which is a share or one long row.
    const uint64_t even = (total + world - 1) / world;
    RC_ASSERT(heaviest <= even + std::max(even, longest));
  }
}

}  // namespace
}  // namespace hir
