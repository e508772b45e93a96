// Forward pass over a packed batch whose sequences share prefixes: a prompt is computed once for
// all its responses, in training and in scoring, and nothing is padded.
#ifndef HIR_MODEL_FORWARD_H_
#define HIR_MODEL_FORWARD_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>

#include "absl/types/span.h"
#include "hir/model/packed_batch.h"
#include "hir/model/qkv.h"
#include "hir/model/rope.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// How a forward pass is computed; never changes its result beyond rounding.
struct ForwardOptions {
  // Keeps only each layer's input and recomputes the layer in the backward pass: a third more work
  // for about a tenth of the memory.
  bool activation_checkpointing = false;
};

// Returns the hidden states after the final norm, [T, hidden_size] in the weights' type; multiply
// by `weights.head` for logits, or see log_probs.h. Differentiable with respect to every weight
// that requires a gradient. Weights, `batch` tensors and result are on one device. Throws
// c10::Error when memory runs out. REQUIRES: CheckBatch() is OK.
at::Tensor Hidden(const Architecture& architecture, const ModelWeights& weights,
                  const PackedBatch& batch, const ForwardOptions& options = {});

// Computes attention in a layer (its number, from 0): from the queries, keys and values of N rows
// to [N, heads, D].
using LayerAttention = std::function<at::Tensor(int64_t layer, const Qkv& qkv)>;

// The same for N rows that attend to more than each other, such as cached keys and values, which
// `attention` has. `tokens` [N] int64 on the device of the weights; `places` are those of the rows.
at::Tensor Hidden(const Architecture& architecture, const ModelWeights& weights,
                  const at::Tensor& tokens, absl::Span<const RopePlace> places,
                  const LayerAttention& attention);

}  // namespace hir

#endif  // HIR_MODEL_FORWARD_H_
