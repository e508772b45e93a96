#include "hir/train/micro_batches.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace hir {
namespace {

using Tokens = std::vector<int32_t>;

TEST(PlanMicroBatches, ComputesAPromptOnceForAllItsRows) {
  const Tokens prompt{1, 2, 3}, other{1, 2}, response{4, 5};
  const std::vector<Sequence> sequences{{prompt, response}, {other, response}, {prompt, response}};
  const auto batches = PlanMicroBatches(sequences, 100);
  ASSERT_EQ(batches.size(), 1);
  EXPECT_EQ(batches[0].tokens, 3 + 2 + 2 + 2 + 2);
  EXPECT_EQ(batches[0].Rows(), (std::vector<size_t>{0, 2, 1}));
}

TEST(PlanMicroBatches, RepeatsThePromptWhereItsRowsDoNotFitTogether) {
  const Tokens prompt{1, 2, 3}, response{4, 5};
  const std::vector<Sequence> sequences(3, Sequence{prompt, response});
  const auto batches = PlanMicroBatches(sequences, 7);
  ASSERT_EQ(batches.size(), 2);
  EXPECT_EQ(batches[0].tokens, 7);
  EXPECT_EQ(batches[1].tokens, 5);
}

TEST(PlanMicroBatches, GivesALongSequenceABatchOfItsOwn) {
  const Tokens prompt{1}, brief{2}, lengthy(50, 3);
  const std::vector<Sequence> sequences{{prompt, brief}, {prompt, lengthy}, {prompt, brief}};
  EXPECT_EQ(PlanMicroBatches(sequences, 10).size(), 3);
}

TEST(PlanMicroBatches, HasNothingToDoForNoRows) { EXPECT_TRUE(PlanMicroBatches({}, 10).empty()); }

RC_GTEST_PROP(PlanMicroBatches, TakesEveryRowOnceWithinTheBudget, ()) {
  const auto lengths = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(1, 5), rc::gen::inRange(1, 20)));
  const int64_t budget = *rc::gen::inRange(1, 60);
  std::vector<std::pair<Tokens, Tokens>> rows;
  for (const auto& [prompt, response] : lengths) {
    rows.push_back({Tokens(prompt, prompt), Tokens(response, 7)});
  }
  std::vector<Sequence> sequences;
  for (const auto& [prompt, response] : rows) sequences.push_back({prompt, response});
  std::vector<size_t> seen;
  for (const MicroBatch& batch : PlanMicroBatches(sequences, budget)) {
    const auto taken = batch.Rows();
    RC_ASSERT(batch.tokens <= budget || taken.size() == 1);
    seen.insert(seen.end(), taken.begin(), taken.end());
  }
  std::sort(seen.begin(), seen.end());
  RC_ASSERT(seen.size() == sequences.size());
  for (size_t i = 0; i < seen.size(); ++i) RC_ASSERT(seen[i] == i);
}

}  // namespace
}  // namespace hir
