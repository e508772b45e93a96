#include "hir/generate/paged_attention.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>

namespace hir {
namespace {

constexpr int64_t kHeads = 6;
constexpr int64_t kKvHeads = 2;
constexpr int64_t kHeadDim = 4;
constexpr int64_t kSlots = 40;
constexpr double kScale = 0.4;

// A layout of runs of `rows[i]` rows over `contexts[i]`.
StepLayout LayoutOf(const std::vector<int64_t>& rows,
                    const std::vector<std::vector<int64_t>>& contexts) {
  StepLayout layout;
  for (size_t i = 0; i < rows.size(); ++i) {
    layout.run_begin.push_back(layout.run_begin.back() + rows[i]);
    layout.context.insert(layout.context.end(), contexts[i].begin(), contexts[i].end());
    layout.context_begin.push_back(static_cast<int64_t>(layout.context.size()));
  }
  return layout;
}

// One row and head, from the definition, in float64.
at::Tensor Exact(const at::Tensor& query, const at::Tensor& keys, const at::Tensor& values,
                 int64_t head, absl::Span<const int64_t> slots) {
  const at::Tensor seen = at::tensor(std::vector<int64_t>(slots.begin(), slots.end()), at::kLong);
  const int64_t kv_head = head / (kHeads / kKvHeads);
  const at::Tensor k = keys.select(1, kv_head).index_select(0, seen).to(at::kDouble);
  const at::Tensor v = values.select(1, kv_head).index_select(0, seen).to(at::kDouble);
  const at::Tensor scores = at::mv(k, query.to(at::kDouble)) * kScale;
  return at::mv(v.t(), at::softmax(scores, 0));
}

void ExpectExact(const StepLayout& layout, at::ScalarType type, double tolerance,
                 int64_t window = 0) {
  const auto random = [&](int64_t rows, int64_t heads, uint64_t seed) {
    return at::randn({rows, heads, kHeadDim}, at::detail::createCPUGenerator(seed)).to(type);
  };
  const at::Tensor queries = random(layout.run_begin.back(), kHeads, 1);
  const at::Tensor keys = random(kSlots, kKvHeads, 2);
  const at::Tensor values = random(kSlots, kKvHeads, 3);
  // No sequence has the last slot.
  keys[kSlots - 1].fill_(std::numeric_limits<double>::quiet_NaN());
  values[kSlots - 1].fill_(std::numeric_limits<double>::quiet_NaN());
  const at::Tensor out =
      PagedAttention(queries, keys, values, PlanAttention(layout, at::kCPU), kScale, window);
  ASSERT_EQ(out.sizes(), queries.sizes());
  ASSERT_EQ(out.scalar_type(), type);
  for (size_t run = 0; run + 1 < layout.run_begin.size(); ++run) {
    for (int64_t row = layout.run_begin[run]; row < layout.run_begin[run + 1]; ++row) {
      const int64_t hidden = layout.run_begin[run + 1] - 1 - row;
      absl::Span<const int64_t> slots(
          layout.context.data() + layout.context_begin[run],
          layout.context_begin[run + 1] - layout.context_begin[run] - hidden);
      if (window > 0) slots.remove_prefix(std::max<int64_t>(0, std::ssize(slots) - window));
      for (int64_t head = 0; head < kHeads; ++head) {
        const at::Tensor exact = Exact(queries[row][head], keys, values, head, slots);
        EXPECT_LT((out[row][head].to(at::kDouble) - exact).abs().max().item<double>(), tolerance)
            << "row " << row << " head " << head;
      }
    }
  }
}

// Contexts of different lengths that share slots, a run of several rows, and one that begins its
// sequence.
StepLayout Mixed() {
  return LayoutOf(
      {1, 1, 3, 2, 2},
      {{5, 6, 7, 20}, {5, 6, 7, 8, 9, 30, 31}, {0, 1, 2}, {10, 11, 12, 13, 14}, {38, 37}});
}

TEST(PagedAttention, IsTheSoftmaxOverWhatEachRowSees) { ExpectExact(Mixed(), at::kFloat, 1e-6); }

TEST(PagedAttention, SeesOnlyItsWindow) {
  for (const int64_t window : {1, 2, 5, 100}) ExpectExact(Mixed(), at::kFloat, 1e-6, window);
}

TEST(PagedAttention, RoundsOnceInBfloat16) {
  // Half a unit of the last place of values below 4.
  ExpectExact(Mixed(), at::kBFloat16, 0.0079);
}

TEST(PlanAttention, RunsOfTheSameLengthAreComputedAtOnce) {
  const std::vector<AttentionBatch> batches = PlanAttention(Mixed(), at::kCPU);
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(batches[0].runs, 2);
  EXPECT_EQ(batches[0].context, 7);
  EXPECT_EQ(batches[1].runs, 1);
  EXPECT_EQ(batches[1].rows, 3);
  EXPECT_EQ(batches[2].first_row, 5);
  EXPECT_EQ(batches[2].runs, 2);
}

TEST(PlanAttention, LongContextsAreNotGatheredAllAtOnce) {
  std::vector<int64_t> context(30000);
  std::iota(context.begin(), context.end(), 0);
  const std::vector<AttentionBatch> batches =
      PlanAttention(LayoutOf({1, 1, 1}, {context, context, context}), at::kCPU);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].runs, 2);
  EXPECT_EQ(batches[1].first_row, 2);
}

}  // namespace
}  // namespace hir
