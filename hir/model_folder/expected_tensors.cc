#include "hir/model_folder/expected_tensors.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace hir {
namespace {

using Shape = std::vector<int64_t>;
using NamedShapes = std::vector<std::pair<std::string, Shape>>;

void AddAttention(const Architecture& a, const std::string& prefix, NamedShapes& tensors) {
  const int64_t q = a.heads * a.head_dim;
  const int64_t kv = a.kv_heads * a.head_dim;
  const std::pair<const char*, int64_t> projections[] = {{"q", q}, {"k", kv}, {"v", kv}};
  for (const auto& [name, rows] : projections) {
    tensors.emplace_back(absl::StrCat(prefix, name, "_proj.weight"), Shape{rows, a.hidden_size});
    if (a.attention_bias)
      tensors.emplace_back(absl::StrCat(prefix, name, "_proj.bias"), Shape{rows});
  }
  tensors.emplace_back(prefix + "o_proj.weight", Shape{a.hidden_size, q});
  if (a.output_bias) tensors.emplace_back(prefix + "o_proj.bias", Shape{a.hidden_size});
  if (a.qk_norm == QkNorm::kNone) return;
  const bool per_head = a.qk_norm == QkNorm::kPerHead;
  tensors.emplace_back(prefix + "q_norm.weight", Shape{per_head ? a.head_dim : q});
  tensors.emplace_back(prefix + "k_norm.weight", Shape{per_head ? a.head_dim : kv});
}

void AddMlp(const Architecture& a, const std::string& prefix, NamedShapes& tensors) {
  for (const char* name : {"gate_proj", "up_proj"}) {
    tensors.emplace_back(absl::StrCat(prefix, name, ".weight"),
                         Shape{a.intermediate_size, a.hidden_size});
  }
  tensors.emplace_back(prefix + "down_proj.weight", Shape{a.hidden_size, a.intermediate_size});
}

// Hugging Face calls the norm before the MLP after its place, "post attention", where a layer has
// none after attention.
std::vector<const char*> NormsOf(NormPlacement norms) {
  switch (norms) {
    case NormPlacement::kBefore:
      return {"input", "post_attention"};
    case NormPlacement::kAfter:
      return {"post_attention", "post_feedforward"};
    case NormPlacement::kBeforeAndAfter:
      return {"input", "post_attention", "pre_feedforward", "post_feedforward"};
  }
  return {};
}

}  // namespace

NamedShapes ExpectedTensors(const Architecture& a) {
  const Shape table = {a.vocab_size, a.hidden_size};
  NamedShapes tensors = {{kEmbeddingName, table}, {"model.norm.weight", {a.hidden_size}}};
  if (!a.tie_embeddings) tensors.emplace_back(kHeadName, table);
  for (int64_t layer = 0; layer < a.layers; ++layer) {
    const std::string prefix = absl::StrCat("model.layers.", layer, ".");
    for (const char* norm : NormsOf(a.norms)) {
      tensors.emplace_back(absl::StrCat(prefix, norm, "_layernorm.weight"), Shape{a.hidden_size});
    }
    AddAttention(a, prefix + "self_attn.", tensors);
    AddMlp(a, prefix + "mlp.", tensors);
  }
  std::sort(tensors.begin(), tensors.end());
  return tensors;
}

}  // namespace hir
