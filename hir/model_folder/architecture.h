// The shape of a dense decoder-only transformer of a supported family, as config.json of its
// Hugging Face folder describes it. How families differ is data here: whoever computes a model asks
// for these properties, never for the family's name; families.h has the table of families.
#ifndef HIR_MODEL_FOLDER_ARCHITECTURE_H_
#define HIR_MODEL_FOLDER_ARCHITECTURE_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"

namespace hir {

// The supported families.
enum class ModelFamily { kLlama, kQwen2, kQwen3, kMistral, kGemma3, kOlmo2 };

// Where a layer has RMS norms. `Before`: of the input of attention and of the MLP. `After`: of
// their outputs, before these are added to the residual stream.
enum class NormPlacement {
  kBefore,          // Llama, Mistral, Qwen.
  kAfter,           // OLMo 2.
  kBeforeAndAfter,  // Gemma 3.
};

// RMS norm of queries and keys, before they are rotated.
enum class QkNorm {
  kNone,
  kPerHead,     // Over each head, all with one weight of head_dim: Qwen3, Gemma 3.
  kProjection,  // Over all heads of a token together: OLMo 2.
};

// The MLP is down(activation(gate(x)) * up(x)).
enum class Activation {
  kSilu,
  kGeluTanh,  // x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
};

// How rope frequencies differ from theta^(-2i / D). The names are those of Hugging Face's rope
// types; hir/model/rope.h has the formulas. `original_max_position` is the length in tokens that
// the model was trained with before its context was extended; factors are above 0.

// "linear": every frequency is divided by `factor`.
struct LinearRopeScaling {
  double factor = 1.0;
  int64_t original_max_position = 0;

  bool operator==(const LinearRopeScaling&) const = default;
};

// "dynamic": beyond the original length, the base grows with the length of the sequence.
struct DynamicRopeScaling {
  double factor = 1.0;
  int64_t original_max_position = 0;

  bool operator==(const DynamicRopeScaling&) const = default;
};

// "yarn": frequencies of long waves are divided by `factor`, those of short waves are kept, those
// between are blended; cosines and sines are multiplied by `attention_factor`.
struct YarnRopeScaling {
  double factor = 1.0;
  double attention_factor = 1.0;
  double beta_fast = 32.0;  // Waves with at least this many turns in the original length are kept.
  double beta_slow = 1.0;   // Waves with at most this many turns are divided.
  bool truncate = true;     // Whether the two bounds are rounded to whole dimensions.
  int64_t original_max_position = 0;

  bool operator==(const YarnRopeScaling&) const = default;
};

// "longrope": each frequency is divided by its own factor, from the second list when the sequence
// is longer than the original length.
struct LongRopeScaling {
  std::vector<double> short_factors;  // D / 2 factors, as in long_factors.
  std::vector<double> long_factors;
  double attention_factor = 1.0;  // Multiplies cosines and sines.
  int64_t original_max_position = 0;

  bool operator==(const LongRopeScaling&) const = default;
};

// "llama3": frequencies of long waves are divided by `factor`, those of short waves are kept, those
// between are blended.
struct Llama3RopeScaling {
  double factor = 8.0;
  double low_freq_factor = 1.0;
  double high_freq_factor = 4.0;  // > low_freq_factor.
  int64_t original_max_position = 8192;

  bool operator==(const Llama3RopeScaling&) const = default;
};

// std::monostate means no scaling.
using RopeScaling = std::variant<std::monostate, LinearRopeScaling, DynamicRopeScaling,
                                 YarnRopeScaling, LongRopeScaling, Llama3RopeScaling>;

// The shape of a model. All sizes are positive unless noted.
struct Architecture {
  ModelFamily family = ModelFamily::kLlama;
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;           // Divides `heads`.
  int64_t head_dim = 0;           // Even; heads * head_dim may differ from hidden_size (Qwen3).
  int64_t intermediate_size = 0;  // Width of the gated MLP.
  int64_t max_position = 0;       // Longest sequence in tokens, rope scaling included.
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  RopeScaling rope_scaling;
  bool tie_embeddings = false;  // The head shares the embedding's weights.
  bool attention_bias = false;  // q, k and v have a bias: Qwen2 always, Llama by its config.
  bool output_bias = false;     // o has a bias too: Llama, Qwen3, Gemma 3, OLMo 2 by their config.
  QkNorm qk_norm = QkNorm::kNone;
  NormPlacement norms = NormPlacement::kBefore;
  // Every norm multiplies by norm_offset + its weight, a sum in float32: 1 for Gemma 3.
  double norm_offset = 0.0;
  Activation activation = Activation::kSilu;
  // Embeddings are multiplied by this number, rounded to the weights' type: sqrt(hidden_size) for
  // Gemma 3.
  double embedding_scale = 1.0;
  // Attention scores are divided by the square root of this; 0 means head_dim. See
  // AttentionScale().
  int64_t query_pre_attn_scalar = 0;
  // Which layers attend to only the last `sliding_window` tokens, the token itself included: one
  // flag per layer, or empty if none does. See AttentionWindow().
  std::vector<bool> sliding_layers;
  int64_t sliding_window = 0;  // > 0 if a layer slides.
  // The base of the rotation in sliding layers, to which rope_scaling does not apply (Gemma 3); 0:
  // all layers are rotated alike.
  double sliding_rope_theta = 0.0;

  bool operator==(const Architecture&) const = default;
};

// The factor of attention scores.
double AttentionScale(const Architecture& architecture);

// How many tokens a token of `layer` sees at most, itself included; 0: all that precede it.
int64_t AttentionWindow(const Architecture& architecture, int64_t layer);

// Whether `layer` is rotated with sliding_rope_theta.
bool HasSlidingRope(const Architecture& architecture, int64_t layer);

// Hugging Face's names of the two tables that a model may tie.
inline constexpr char kEmbeddingName[] = "model.embed_tokens.weight";
inline constexpr char kHeadName[] = "lm_head.weight";

// Number of parameters; a tied head counts once.
int64_t ParameterCount(const Architecture& architecture);

// Writes `folder`/config.json, which Transformers and ReadArchitecture() can read. `dtype` is the
// stored type of the weights as Transformers spells it: "float32", "bfloat16" or "float16".
// UNAVAILABLE: the folder can't be written.
absl::Status WriteArchitecture(const std::string& folder, const Architecture& architecture,
                               const std::string& dtype);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_ARCHITECTURE_H_
