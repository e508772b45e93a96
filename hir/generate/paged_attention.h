// Attention over cached keys and values as tensor operations, on any device.
#ifndef HIR_GENERATE_PAGED_ATTENTION_H_
#define HIR_GENERATE_PAGED_ATTENTION_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "hir/generate/step_layout.h"

namespace hir {

// Adjacent runs with the same number of rows, whose attention is computed at once. The tensors are
// int64 on the device of the cache.
struct AttentionBatch {
  int64_t first_row;
  int64_t runs;
  int64_t rows;        // Of each run.
  int64_t context;     // Slots of the longest context.
  at::Tensor slots;    // [runs * context]: contexts, padded with slots of their own.
  at::Tensor visible;  // [runs, rows]: how many slots of its context a row attends to.
};

// The attention of a step, which is the same for all layers.
std::vector<AttentionBatch> PlanAttention(const StepLayout& layout, at::Device device);

// `queries` [N, heads, D] of the step's rows; `keys` and `values` [slots, kv_heads, D] of a layer,
// those of the step already among them. Scores are multiplied by `scale`; a row sees at most the
// last `window` of its slots (0: all). Returns [N, heads, D]. Sums are float32, with one rounding
// to the type of `queries` at the end.
at::Tensor PagedAttention(const at::Tensor& queries, const at::Tensor& keys,
                          const at::Tensor& values, const std::vector<AttentionBatch>& batches,
                          double scale, int64_t window);

}  // namespace hir

#endif  // HIR_GENERATE_PAGED_ATTENTION_H_
