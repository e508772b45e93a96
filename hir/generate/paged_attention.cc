#include "hir/generate/paged_attention.h"

#include <algorithm>
#include <limits>

namespace hir {
namespace {

// The most slots that are gathered at once, padding included, unless a single context has more:
// the float32 copies of their keys and values take 0.5 GB with 8 heads of 128.
constexpr int64_t kMaxGatheredSlots = int64_t{1} << 16;

// Runs `first` to `end` - 1 of a layout.
struct RunRange {
  size_t first;
  size_t end;
  int64_t rows;
  int64_t context;
};

int64_t RowsOf(const StepLayout& layout, size_t run) {
  return layout.run_begin[run + 1] - layout.run_begin[run];
}

int64_t ContextOf(const StepLayout& layout, size_t run) {
  return layout.context_begin[run + 1] - layout.context_begin[run];
}

std::vector<RunRange> EqualRuns(const StepLayout& layout) {
  std::vector<RunRange> ranges;
  for (size_t run = 0; run + 1 < layout.run_begin.size(); ++run) {
    const int64_t rows = RowsOf(layout, run);
    const int64_t context = ContextOf(layout, run);
    if (!ranges.empty() && ranges.back().rows == rows) {
      RunRange& range = ranges.back();
      const int64_t longest = std::max(range.context, context);
      if (static_cast<int64_t>(run + 1 - range.first) * longest <= kMaxGatheredSlots) {
        range.end = run + 1;
        range.context = longest;
        continue;
      }
    }
    ranges.push_back({run, run + 1, rows, context});
  }
  return ranges;
}

AttentionBatch BatchOf(const StepLayout& layout, const RunRange& range, at::Device device) {
  std::vector<int64_t> slots;
  std::vector<int64_t> visible;
  for (size_t run = range.first; run < range.end; ++run) {
    const auto begin = layout.context.begin() + layout.context_begin[run];
    const int64_t context = ContextOf(layout, run);
    slots.insert(slots.end(), begin, begin + context);
    // A weight of zero does not hide what is not finite, so the padding is a slot that is filled.
    slots.insert(slots.end(), range.context - context, *begin);
    for (int64_t row = 0; row < range.rows; ++row) {
      visible.push_back(context - (range.rows - 1 - row));
    }
  }
  const int64_t runs = static_cast<int64_t>(range.end - range.first);
  return {.first_row = layout.run_begin[range.first],
          .runs = runs,
          .rows = range.rows,
          .context = range.context,
          .slots = at::tensor(slots, at::kLong).to(device),
          .visible = at::tensor(visible, at::kLong).to(device).view({runs, range.rows})};
}

// Of the rows of one batch: `queries` [runs * rows, heads, D].
at::Tensor Attend(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values,
                  const AttentionBatch& batch, double scale, int64_t window) {
  const int64_t kv_heads = keys.size(1);
  const int64_t group = queries.size(1) / kv_heads;
  const int64_t size = queries.size(2);
  const auto gather = [&](const at::Tensor& cache) {
    return cache.index_select(0, batch.slots)
        .view({batch.runs, batch.context, kv_heads, size})
        .transpose(1, 2)
        .to(at::kFloat);
  };
  // The queries that share keys side by side: [runs, kv_heads, group * rows, D].
  const at::Tensor grouped = queries.view({batch.runs, batch.rows, kv_heads, group, size})
                                 .permute({0, 2, 3, 1, 4})
                                 .to(at::kFloat)
                                 .reshape({batch.runs, kv_heads, group * batch.rows, size});
  const at::Tensor end = batch.visible.unsqueeze(-1);
  const at::Tensor slot = at::arange(batch.context, batch.visible.options());
  const at::Tensor hidden =
      window > 0 ? at::logical_or(slot >= end, slot < end - window) : slot >= end;
  const at::Tensor weights =
      at::matmul(grouped, gather(keys).transpose(2, 3))
          .mul_(scale)
          .view({batch.runs, kv_heads, group, batch.rows, batch.context})
          .masked_fill_(hidden.view({batch.runs, 1, 1, batch.rows, batch.context}),
                        -std::numeric_limits<double>::infinity())
          .softmax(-1)
          .view({batch.runs, kv_heads, group * batch.rows, batch.context});
  return at::matmul(weights, gather(values))
      .view({batch.runs, kv_heads, group, batch.rows, size})
      .permute({0, 3, 1, 2, 4})
      .reshape(queries.sizes());
}

}  // namespace

std::vector<AttentionBatch> PlanAttention(const StepLayout& layout, at::Device device) {
  std::vector<AttentionBatch> batches;
  for (const RunRange& range : EqualRuns(layout)) {
    batches.push_back(BatchOf(layout, range, device));
  }
  return batches;
}

at::Tensor PagedAttention(const at::Tensor& queries, const at::Tensor& keys,
                          const at::Tensor& values, const std::vector<AttentionBatch>& batches,
                          double scale, int64_t window) {
  at::Tensor out = at::empty_like(queries);
  for (const AttentionBatch& batch : batches) {
    const auto rows = [&](const at::Tensor& all) {
      return all.narrow(0, batch.first_row, batch.runs * batch.rows);
    };
    rows(out).copy_(Attend(rows(queries), keys, values, batch, scale, window));
  }
  return out;
}

}  // namespace hir
