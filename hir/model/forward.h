// Forward pass over a packed batch whose sequences share prefixes: a prompt is computed once for
// all its responses, in training and in scoring, and nothing is padded.
#ifndef HIR_MODEL_FORWARD_H_
#define HIR_MODEL_FORWARD_H_

#include <ATen/ATen.h>

#include "hir/model/packed_batch.h"
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

}  // namespace hir

#endif  // HIR_MODEL_FORWARD_H_
