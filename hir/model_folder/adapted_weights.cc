#include "hir/model_folder/adapted_weights.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace hir {

std::vector<AdaptedWeight> AllLinearWeights(const Architecture& a) {
  const int64_t q = a.heads * a.head_dim;
  const int64_t kv = a.kv_heads * a.head_dim;
  std::vector<AdaptedWeight> weights;
  for (int64_t i = 0; i < a.layers; ++i) {
    const auto add = [&](const char* module, int64_t outputs, int64_t inputs) {
      weights.push_back({absl::StrCat("model.layers.", i, ".", module), outputs, inputs});
    };
    add("self_attn.q_proj", q, a.hidden_size);
    add("self_attn.k_proj", kv, a.hidden_size);
    add("self_attn.v_proj", kv, a.hidden_size);
    add("self_attn.o_proj", a.hidden_size, q);
    add("mlp.gate_proj", a.intermediate_size, a.hidden_size);
    add("mlp.up_proj", a.intermediate_size, a.hidden_size);
    add("mlp.down_proj", a.hidden_size, a.intermediate_size);
  }
  return weights;
}

std::vector<AdaptedWeight> AdaptedWeights(const Architecture& architecture,
                                          absl::Span<const std::string> targets) {
  std::vector<AdaptedWeight> chosen;
  for (AdaptedWeight& weight : AllLinearWeights(architecture)) {
    const std::string last = weight.module.substr(weight.module.rfind('.') + 1);
    if (std::find(targets.begin(), targets.end(), last) != targets.end()) {
      chosen.push_back(std::move(weight));
    }
  }
  return chosen;
}

int64_t AdapterParameters(absl::Span<const AdaptedWeight> weights, int64_t rank) {
  int64_t parameters = 0;
  for (const AdaptedWeight& weight : weights) parameters += rank * (weight.outputs + weight.inputs);
  return parameters;
}

}  // namespace hir
