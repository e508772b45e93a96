// The properties of families for tests with small models.
#ifndef HIR_MODEL_FOLDER_FAMILY_FOR_TEST_H_
#define HIR_MODEL_FOLDER_FAMILY_FOR_TEST_H_

#include <cmath>

#include "hir/model_folder/families.h"

namespace hir {

inline constexpr ModelFamily kTestFamilies[] = {ModelFamily::kLlama,  ModelFamily::kQwen2,
                                                ModelFamily::kQwen3,  ModelFamily::kMistral,
                                                ModelFamily::kGemma3, ModelFamily::kOlmo2};

// Sets what a family has of `a`, whose sizes are set. Windows, where it has them, are `window`
// tokens: of all layers, or of each but the last.
inline void SetFamily(Architecture& a, ModelFamily family, int64_t window) {
  const Family& properties = FamilyOf(family);
  a.family = family;
  a.attention_bias = properties.bias == BiasRule::kQkvAlways;
  a.qk_norm = properties.qk_norm;
  a.norms = properties.norms;
  a.norm_offset = properties.norm_offset;
  a.activation = properties.activation;
  if (properties.scaled_embeddings) {
    a.embedding_scale = std::sqrt(static_cast<double>(a.hidden_size));
  }
  if (properties.query_pre_attn_scalar > 0) {
    a.query_pre_attn_scalar = 3 * a.head_dim / 2;
  }
  const bool all = properties.windows == WindowRule::kAllLayers;
  if (!all && properties.windows != WindowRule::kPattern) return;
  a.sliding_window = window;
  a.sliding_layers.assign(a.layers, true);
  if (!all) a.sliding_layers.back() = false;
  if (properties.rope_by_kind) a.sliding_rope_theta = 30;
}

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_FAMILY_FOR_TEST_H_
