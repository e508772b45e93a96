// The weights of a model as tensors under their Hugging Face names, loaded from and saved to
// Hugging Face folders.
#ifndef HIR_MODEL_WEIGHTS_H_
#define HIR_MODEL_WEIGHTS_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/model/safetensors.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// One layer; H = hidden_size, D = head_dim, I = intermediate_size. A tensor that the architecture
// lacks is undefined. Norms multiply by norm_offset + weight.
struct LayerWeights {
  at::Tensor input_norm;              // [H]; of attention's input, unless norms are only after.
  at::Tensor q;                       // [heads * D, H]
  at::Tensor k;                       // [kv_heads * D, H]
  at::Tensor v;                       // [kv_heads * D, H]
  at::Tensor q_bias, k_bias, v_bias;  // [rows of q, k, v]; attention_bias.
  at::Tensor q_norm, k_norm;          // qk_norm: [D], or as long as the projection has rows.
  at::Tensor o;                       // [H, heads * D]
  at::Tensor o_bias;                  // [H]; output_bias.
  at::Tensor attention_out_norm;      // [H]; of attention's output, where norms are after.
  at::Tensor post_norm;               // [H]; of the MLP's input, unless norms are only after.
  at::Tensor gate, up;                // [I, H]
  at::Tensor down;                    // [H, I]
  at::Tensor mlp_out_norm;            // [H]; of the MLP's output, where norms are after.
};

// Copies share tensors, as at::Tensor does.
struct ModelWeights {
  at::Tensor embedding;  // [vocab_size, H]
  std::vector<LayerWeights> layers;
  at::Tensor final_norm;  // [H]
  at::Tensor head;        // [vocab_size, H]; the same tensor as `embedding` when tied.

  // Every tensor under its Hugging Face name, in the order of the names, without a tied head.
  NamedTensors Named() const;

  // A model whose tensors are `change(name, tensor)`; a tied head stays tied. For casts, leaf
  // copies and moves to a device. Calls `change` in the order of Named().
  ModelWeights Transformed(
      const std::function<at::Tensor(const std::string& name, const at::Tensor&)>& change) const;
};

// Builds the weights from tensors in the order and shapes of ExpectedTensors(), without copying.
// INVALID_ARGUMENT: a name or shape differs; the message names the tensor.
absl::StatusOr<ModelWeights> WeightsFromNamed(const Architecture& architecture,
                                              const NamedTensors& tensors);

// Loads the weights of `folder` into memory as `dtype` (kFloat, kBFloat16 or kHalf).
// NOT_FOUND: no weights. INVALID_ARGUMENT: a file is truncated or malformed, a tensor is missing,
// of another shape, or not part of the architecture, or a number is NaN or infinite; the message
// names file and tensor. Headers are checked before memory is taken.
absl::StatusOr<ModelWeights> LoadWeights(const std::string& folder,
                                         const Architecture& architecture, at::ScalarType dtype);

// Saves a Hugging Face folder: weights as `dtype`, config.json (that of `source_folder` if it
// describes the same model), and every tokenizer and generation file of `source_folder` (which must
// have tokenizer.json). Written to a temporary folder beside `folder` and renamed, so that `folder`
// is either complete or absent.
//
// ALREADY_EXISTS: `folder` exists. NOT_FOUND: `source_folder` has no tokenizer.json.
// UNAVAILABLE: it can't be written; nothing is left behind.
absl::Status SaveModel(const std::string& folder, const Architecture& architecture,
                       const ModelWeights& weights, at::ScalarType dtype,
                       const std::string& source_folder,
                       int64_t max_shard_bytes = int64_t{4} << 30);

// Copies q, k and v, their biases, and gate and up so that each group is contiguous in memory, and
// one matrix product without a copy; the other tensors stay as they are. Tensors keep their names
// and shapes; views of them (detach(), requires_grad_()) keep the layout. If nothing else holds the
// tensors of `weights`, at most one layer is in memory twice.
ModelWeights JoinProjections(ModelWeights weights);

// Fresh float32 weights for training from scratch: matrices normal with standard deviation 0.02,
// biases 0, and norms so that they multiply by 1. A pure function of its arguments on one version
// of Torch.
ModelWeights RandomWeights(const Architecture& architecture, uint64_t seed);

}  // namespace hir

#endif  // HIR_MODEL_WEIGHTS_H_
