// Causal grouped-query attention over a packed batch with shared prefixes, with its own backward
// pass, which recomputes probabilities instead of keeping them. Long segments are processed in
// blocks of queries, so that memory stays bounded.
#ifndef HIR_MODEL_ATTENTION_H_
#define HIR_MODEL_ATTENTION_H_

#include <ATen/ATen.h>

#include <vector>

#include "hir/model/packed_batch.h"
#include "hir/model/qkv.h"

namespace hir::internal {

// `qkv` of the T rows of the batch -> [T, heads, D]. Scores are multiplied by `scale`; a row sees
// at most the last `window` tokens, itself included (0: all). Any device; float32, bfloat16 or
// float64; differentiable. Keeps q, k, v, its result and one number per row and head.
at::Tensor Attention(const Qkv& qkv, const std::vector<Segment>& segments, double scale,
                     int64_t window);

}  // namespace hir::internal

#endif  // HIR_MODEL_ATTENTION_H_
