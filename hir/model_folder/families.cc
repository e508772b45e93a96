#include "hir/model_folder/families.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hir {
namespace {

constexpr Family kFamilies[] = {
    {.family = ModelFamily::kLlama,
     .architecture = "LlamaForCausalLM",
     .model_type = "llama",
     .bias = BiasRule::kByConfig},
    {.family = ModelFamily::kQwen2,
     .architecture = "Qwen2ForCausalLM",
     .model_type = "qwen2",
     .bias = BiasRule::kQkvAlways,
     .windows = WindowRule::kOptIn},
    {.family = ModelFamily::kQwen3,
     .architecture = "Qwen3ForCausalLM",
     .model_type = "qwen3",
     .bias = BiasRule::kByConfig,
     .qk_norm = QkNorm::kPerHead,
     .windows = WindowRule::kOptIn,
     .head_dim = 128},
    {.family = ModelFamily::kMistral,
     .architecture = "MistralForCausalLM",
     .model_type = "mistral",
     .windows = WindowRule::kAllLayers,
     .kv_heads = 8,
     .sliding_window = 4096},
    {.family = ModelFamily::kGemma3,
     .architecture = "Gemma3ForCausalLM",
     .model_type = "gemma3_text",
     .bias = BiasRule::kByConfig,
     .qk_norm = QkNorm::kPerHead,
     .norms = NormPlacement::kBeforeAndAfter,
     .norm_offset = 1.0,
     .scaled_embeddings = true,
     .windows = WindowRule::kPattern,
     .rope_by_kind = true,
     .activation_field = "hidden_activation",
     .activation = Activation::kGeluTanh,
     .kv_heads = 4,
     .head_dim = 256,
     .rope_theta = 1e6,
     .sliding_rope_theta = 1e4,
     .tie_embeddings = true,
     .sliding_window = 4096,
     .query_pre_attn_scalar = 256},
    {.family = ModelFamily::kOlmo2,
     .architecture = "Olmo2ForCausalLM",
     .model_type = "olmo2",
     .bias = BiasRule::kByConfig,
     .qk_norm = QkNorm::kProjection,
     .norms = NormPlacement::kAfter,
     .rms_norm_eps = 1e-5},
};

}  // namespace

const Family* FindFamily(std::string_view architecture, std::string_view model_type) {
  for (const Family& family : kFamilies) {
    if (architecture.empty() ? model_type == family.model_type
                             : architecture == family.architecture) {
      return &family;
    }
  }
  return nullptr;
}

const Family& FamilyOf(ModelFamily family) {
  return *std::find_if(std::begin(kFamilies), std::end(kFamilies),
                       [&](const Family& entry) { return entry.family == family; });
}

std::string SupportedArchitectures() {
  std::vector<const char*> names;
  for (const Family& family : kFamilies) names.push_back(family.architecture);
  const std::string last = names.back();
  names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), " and ", last);
}

std::optional<Activation> ActivationNamed(std::string_view name) {
  if (name == "silu" || name == "swish") return Activation::kSilu;
  if (name == "gelu_pytorch_tanh") return Activation::kGeluTanh;
  return std::nullopt;
}

const char* ActivationName(Activation activation) {
  return activation == Activation::kSilu ? "silu" : "gelu_pytorch_tanh";
}

}  // namespace hir
