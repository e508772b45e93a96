#include "hir/train/batch_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace hir {
namespace {

using ::testing::ElementsAre;

// The part that each of `rows` rows belongs to.
std::vector<size_t> PartOfEachRow(uint32_t rows, int parts) {
  std::vector<size_t> of_row(rows, 0);
  const std::vector<UpdateRange> ranges = SplitIntoUpdates(rows, parts);
  for (size_t part = 0; part < ranges.size(); ++part) {
    for (uint32_t row = ranges[part].begin; row < ranges[part].end; ++row) of_row[row] = part;
  }
  return of_row;
}

// As services/replay/sharding_test.cc has it for replay, which balances shards by these parts.
TEST(SplitIntoUpdates, CutsTheRowsIntoEqualPartsInOrder) {
  EXPECT_THAT(PartOfEachRow(5, 2), ElementsAre(0, 0, 0, 1, 1));
}

TEST(SplitIntoUpdates, PutsRowIOfNIntoPartITimesPartsOverN) {
  for (uint32_t rows = 1; rows < 40; ++rows) {
    for (uint32_t parts = 1; parts < 9; ++parts) {
      const std::vector<size_t> of_row = PartOfEachRow(rows, static_cast<int>(parts));
      for (uint32_t row = 0; row < rows; ++row) {
        ASSERT_EQ(of_row[row], row * parts / rows) << rows << " rows, " << parts << " parts";
      }
    }
  }
}

}  // namespace
}  // namespace hir
