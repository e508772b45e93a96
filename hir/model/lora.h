// Low-rank adapters of a model's weights (LoRA), as folders of PEFT and merged into the weights.
//
// Source: "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685; start values,
// names and files are those of PEFT 0.21 (docs/lora.md). An adapter changes a weight W [O, I] into
// W + scale * B A, with A [rank, I] and B [O, rank].
#ifndef HIR_MODEL_LORA_H_
#define HIR_MODEL_LORA_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/model/weights.h"
#include "hir/model_folder/adapted_weights.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// The adapter of one weight, float32.
struct LoraAdapter {
  std::string module;  // Its weight's name without ".weight".
  at::Tensor a;        // [rank, inputs]
  at::Tensor b;        // [outputs, rank]
};

// Copies share tensors, as at::Tensor does.
struct LoraAdapters {
  int64_t rank = 0;
  double alpha = 0;
  std::vector<LoraAdapter> adapters;  // One for each adapted weight.

  double scale() const { return alpha / static_cast<double>(rank); }
};

// Fresh adapters, which leave the model as it is: A uniform in +-1 / sqrt(inputs), B zero. A pure
// function of its arguments on one version of Torch.
LoraAdapters NewAdapters(absl::Span<const AdaptedWeight> weights, int64_t rank, double alpha,
                         uint64_t seed);

// `base` with `adapter` merged into it: computed in float32, in the type of `base`.
at::Tensor MergedWeight(const at::Tensor& base, const LoraAdapter& adapter, double scale);

// Saves a folder that PEFT loads: adapter_config.json, adapter_model.safetensors (float32) and the
// tokenizer and generation files of `base_folder`, by whose absolute path the base model is named.
// Errors: those of SaveFolder().
absl::Status SaveAdapters(const std::string& folder, const LoraAdapters& adapters,
                          const std::string& base_folder);

// Reads a folder of SaveAdapters() or of PEFT, for a base model of `architecture`.
// NOT_FOUND: a file is missing. INVALID_ARGUMENT: not LoRA, a setting that changes what the
// adapters compute and is not supported, a tensor that is missing, of another shape or of a module
// that the model lacks; the message names file and field or tensor.
absl::StatusOr<LoraAdapters> LoadAdapters(const std::string& folder,
                                          const Architecture& architecture);

// Saves the model `base_folder` (empty = the one that `folder` names) with the adapters of `folder`
// merged into it as the Hugging Face folder `output`, in `dtype`: base weights are rounded to it,
// then adapted, as in training. Errors: those of LoadAdapters(), LoadWeights() and SaveModel().
absl::Status MergeAdapters(const std::string& folder, const std::string& base_folder,
                           const std::string& output, at::ScalarType dtype);

}  // namespace hir

#endif  // HIR_MODEL_LORA_H_
