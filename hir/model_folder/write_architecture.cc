#include <variant>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/model_folder/architecture.h"
#include "hir/model_folder/families.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

// The fields of `rope_scaling` that depend on the type.
json OwnFields(std::monostate) { return {{"rope_type", "default"}}; }
json OwnFields(const LinearRopeScaling& rope) {
  return {{"rope_type", "linear"}, {"factor", rope.factor}};
}
json OwnFields(const DynamicRopeScaling& rope) {
  return {{"rope_type", "dynamic"}, {"factor", rope.factor}};
}
json OwnFields(const YarnRopeScaling& rope) {
  return {{"rope_type", "yarn"},
          {"factor", rope.factor},
          {"attention_factor", rope.attention_factor},
          {"beta_fast", rope.beta_fast},
          {"beta_slow", rope.beta_slow},
          {"truncate", rope.truncate},
          {"original_max_position_embeddings", rope.original_max_position}};
}
json OwnFields(const LongRopeScaling& rope) {
  return {{"rope_type", "longrope"},
          {"short_factor", rope.short_factors},
          {"long_factor", rope.long_factors},
          {"attention_factor", rope.attention_factor},
          {"original_max_position_embeddings", rope.original_max_position}};
}
json OwnFields(const Llama3RopeScaling& rope) {
  return {{"rope_type", "llama3"},
          {"factor", rope.factor},
          {"low_freq_factor", rope.low_freq_factor},
          {"high_freq_factor", rope.high_freq_factor},
          {"original_max_position_embeddings", rope.original_max_position}};
}

// For these two types, sequences may be factor times max_position_embeddings long.
int64_t WrittenMaxPosition(const Architecture& architecture) {
  if (const auto* linear = std::get_if<LinearRopeScaling>(&architecture.rope_scaling)) {
    return linear->original_max_position;
  }
  if (const auto* dynamic = std::get_if<DynamicRopeScaling>(&architecture.rope_scaling)) {
    return dynamic->original_max_position;
  }
  return architecture.max_position;
}

void WriteRope(const Architecture& architecture, const Family& family, json& out) {
  json rope =
      std::visit([](const auto& scaling) { return OwnFields(scaling); }, architecture.rope_scaling);
  rope["rope_theta"] = architecture.rope_theta;
  const bool scaled = !std::holds_alternative<std::monostate>(architecture.rope_scaling);
  // In the form that older readers know; to them, no rope_scaling means the type "default".
  if (scaled) out["rope_scaling"] = rope;
  if (!scaled && !family.rope_by_kind) out["rope_parameters"] = rope;
  if (architecture.sliding_rope_theta > 0) {
    out["rope_local_base_freq"] = architecture.sliding_rope_theta;
  }
}

void WriteWindows(const Architecture& architecture, const Family& family, json& out) {
  if (family.windows == WindowRule::kNone || family.windows == WindowRule::kOptIn) return;
  const bool any = architecture.sliding_window > 0;
  if (family.windows == WindowRule::kAllLayers || any) {
    out["sliding_window"] = any ? json(architecture.sliding_window) : json();
  }
  if (family.windows != WindowRule::kPattern) return;
  for (int64_t layer = 0; layer < architecture.layers; ++layer) {
    const bool slides = AttentionWindow(architecture, layer) > 0;
    out["layer_types"].push_back(slides ? "sliding_attention" : "full_attention");
  }
}

}  // namespace

absl::Status WriteArchitecture(const std::string& folder, const Architecture& architecture,
                               const std::string& dtype) {
  const Family& family = FamilyOf(architecture.family);
  json out = {
      {"architectures", {family.architecture}},
      {"model_type", family.model_type},
      {"vocab_size", architecture.vocab_size},
      {"hidden_size", architecture.hidden_size},
      {"num_hidden_layers", architecture.layers},
      {"num_attention_heads", architecture.heads},
      {"num_key_value_heads", architecture.kv_heads},
      {"head_dim", architecture.head_dim},
      {"intermediate_size", architecture.intermediate_size},
      {"max_position_embeddings", WrittenMaxPosition(architecture)},
      {"rms_norm_eps", architecture.rms_norm_eps},
      {"rope_theta", architecture.rope_theta},
      {"tie_word_embeddings", architecture.tie_embeddings},
      {family.activation_field, ActivationName(architecture.activation)},
      {"torch_dtype", dtype},
  };
  if (family.bias == BiasRule::kByConfig) out["attention_bias"] = architecture.attention_bias;
  if (architecture.query_pre_attn_scalar > 0) {
    out["query_pre_attn_scalar"] = architecture.query_pre_attn_scalar;
  }
  WriteRope(architecture, family, out);
  WriteWindows(architecture, family, out);
  return WriteFileAtomically(absl::StrCat(folder, "/config.json"), out.dump(2) + "\n");
}

}  // namespace hir
