// The shape of a decoder-only transformer of the Llama, Qwen2 or Qwen3 family, as its Hugging Face
// folder states it in config.json. Free of Torch.
#ifndef HIR_MODEL_ARCHITECTURE_H_
#define HIR_MODEL_ARCHITECTURE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hir {

enum class ModelFamily { kLlama, kQwen2, kQwen3 };

// Rope frequencies of Llama 3.1 and later: long wavelengths are divided by `factor`, short ones
// kept, those between blended. Source: the "llama3" rope type of Hugging Face checkpoints.
struct Llama3RopeScaling {
  double factor = 8.0;                   // > 0.
  double low_freq_factor = 1.0;          // > 0.
  double high_freq_factor = 4.0;         // > low_freq_factor.
  int64_t original_max_position = 8192;  // Tokens the base model was trained with; > 0.

  bool operator==(const Llama3RopeScaling&) const = default;
};

struct Architecture {
  ModelFamily family = ModelFamily::kLlama;
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;           // Divides `heads`.
  int64_t head_dim = 0;           // Even; heads * head_dim may differ from hidden_size (Qwen3).
  int64_t intermediate_size = 0;  // Width of the gated MLP.
  int64_t max_position = 0;       // Longest sequence in tokens.
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  std::optional<Llama3RopeScaling> rope_scaling;
  bool tie_embeddings = false;  // The head is the embedding.
  bool attention_bias = false;  // q, k and v have a bias: Qwen2 always, Llama by its config.
  bool output_bias = false;     // o has a bias too: Llama and Qwen3 with attention_bias.
  bool qk_norm = false;         // RMS norm of each head's q and k: Qwen3.

  bool operator==(const Architecture&) const = default;
};

// Number of parameters, a tied head counted once.
int64_t ParameterCount(const Architecture& architecture);

// Reads `folder`/config.json; takes rope settings from `rope_theta` and `rope_scaling` (until
// Transformers 4) or from `rope_parameters` (since 5).
//
// NOT_FOUND: no config.json. INVALID_ARGUMENT: not JSON, an architecture, activation or rope type
// that isn't supported, a missing field or one out of range; the message names file and field.
absl::StatusOr<Architecture> ReadArchitecture(const std::string& folder);

// Writes `folder`/config.json, readable by Transformers and by ReadArchitecture(). `dtype` is the
// stored type of the weights as Transformers spells it: "float32", "bfloat16" or "float16".
// UNAVAILABLE: the folder can't be written.
absl::Status WriteArchitecture(const std::string& folder, const Architecture& architecture,
                               const std::string& dtype);

}  // namespace hir

#endif  // HIR_MODEL_ARCHITECTURE_H_
