// What distinguishes the supported families, as one table: properties that every model of a family
// has, and the values that Transformers 5.17 takes where a config.json lacks a field.
#ifndef HIR_MODEL_FOLDER_FAMILIES_H_
#define HIR_MODEL_FOLDER_FAMILIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hir/model_folder/architecture.h"

namespace hir {

// Which projections of attention have a bias.
enum class BiasRule {
  kNever,
  kQkvAlways,  // q, k and v, whatever attention_bias says.
  kByConfig,   // q, k, v and o with attention_bias.
};

// Which layers attend to a window.
enum class WindowRule {
  kNone,       // None; a config.json with a window that has an effect is refused.
  kOptIn,      // The same, but a window counts only with use_sliding_window.
  kAllLayers,  // Every layer, unless sliding_window is null.
  kPattern,  // Those that layer_types calls sliding_attention, else all but each n-th one, where n
             // is sliding_window_pattern.
};

struct Family {
  ModelFamily family;
  const char* architecture;  // The class in `architectures`.
  const char* model_type;

  BiasRule bias = BiasRule::kNever;
  QkNorm qk_norm = QkNorm::kNone;
  NormPlacement norms = NormPlacement::kBefore;
  double norm_offset = 0.0;
  bool scaled_embeddings = false;  // Multiplied by sqrt(hidden_size).
  WindowRule windows = WindowRule::kNone;
  // Full layers and sliding ones are rotated by settings of their own.
  bool rope_by_kind = false;
  const char* activation_field = "hidden_act";  // Its name in config.json.

  // Where config.json has no such field.
  Activation activation = Activation::kSilu;
  int64_t kv_heads = 0;  // 0: as many as heads.
  int64_t head_dim = 0;  // 0: hidden_size / heads.
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  double sliding_rope_theta = 0.0;
  bool tie_embeddings = false;
  int64_t sliding_window = 0;
  int64_t query_pre_attn_scalar = 0;  // 0: the family has no such field.
};

// The family with this class or this type; null if neither is supported. An empty class counts as
// absent, in which case the type decides.
const Family* FindFamily(std::string_view architecture, std::string_view model_type);

const Family& FamilyOf(ModelFamily family);

// The classes of all families, for messages: "A, B and C".
std::string SupportedArchitectures();

// The activation that config.json calls `name`; nothing if it isn't supported.
std::optional<Activation> ActivationNamed(std::string_view name);

// Hugging Face's name of `activation`.
const char* ActivationName(Activation activation);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_FAMILIES_H_
