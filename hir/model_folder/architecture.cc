#include "hir/model_folder/architecture.h"

#include <cmath>

namespace hir {

double AttentionScale(const Architecture& a) {
  const int64_t scalar = a.query_pre_attn_scalar > 0 ? a.query_pre_attn_scalar : a.head_dim;
  return 1.0 / std::sqrt(static_cast<double>(scalar));
}

int64_t AttentionWindow(const Architecture& a, int64_t layer) {
  return !a.sliding_layers.empty() && a.sliding_layers[layer] ? a.sliding_window : 0;
}

bool HasSlidingRope(const Architecture& a, int64_t layer) {
  return a.sliding_rope_theta > 0 && AttentionWindow(a, layer) > 0;
}

int64_t ParameterCount(const Architecture& a) {
  const int64_t q = a.heads * a.head_dim;
  const int64_t kv = a.kv_heads * a.head_dim;
  const int64_t norms = a.norms == NormPlacement::kBeforeAndAfter ? 4 : 2;
  int64_t layer = (2 * q + 2 * kv + 3 * a.intermediate_size + norms) * a.hidden_size;
  if (a.attention_bias) layer += q + 2 * kv;
  if (a.output_bias) layer += a.hidden_size;
  if (a.qk_norm == QkNorm::kPerHead) layer += 2 * a.head_dim;
  if (a.qk_norm == QkNorm::kProjection) layer += q + kv;
  const int64_t tables = a.tie_embeddings ? 1 : 2;
  return a.layers * layer + a.hidden_size + tables * a.vocab_size * a.hidden_size;
}

}  // namespace hir
