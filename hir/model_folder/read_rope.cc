#include "hir/model_folder/read_rope.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "hir/model_folder/families.h"

namespace hir {
namespace {

using nlohmann::json;

struct RopeFields {
  ConfigFields& top;
  ConfigFields& rope;
  int64_t head_dim;
  int64_t max_position;  // max_position_embeddings.

  int64_t OriginalMaxPosition() {
    const char* name = "original_max_position_embeddings";
    if (top.Has(name)) return top.Positive(name, kMostPositions);
    return rope.Positive(name, kMostPositions, max_position);
  }
  // Reads `factor`; null means the ratio of the two lengths.
  double Factor(int64_t original) {
    if (rope.object().contains("factor") && !rope.Has("factor")) return Ratio(original);
    return rope.PositiveReal("factor");
  }
  double Ratio(int64_t original) const {
    return static_cast<double>(max_position) / static_cast<double>(original);
  }
};

int64_t Stretched(double factor, int64_t length) {
  return static_cast<int64_t>(
      std::min(factor * static_cast<double>(length), static_cast<double>(kMostPositions) + 1));
}

// Source of 0.1 ln(s) + 1 and of its multiples: YaRN (arXiv 2309.00071) and DeepSeek's variant.
double YarnMagnitude(double factor, double multiple) {
  return factor <= 1 ? 1.0 : 0.1 * multiple * std::log(factor) + 1.0;
}

double YarnAttentionFactor(ConfigFields& rope, double factor) {
  if (rope.Has("attention_factor")) return rope.PositiveReal("attention_factor");
  if (rope.Has("mscale") && rope.Has("mscale_all_dim") && rope.object()["mscale"] != 0 &&
      rope.object()["mscale_all_dim"] != 0) {
    return YarnMagnitude(factor, rope.PositiveReal("mscale")) /
           YarnMagnitude(factor, rope.PositiveReal("mscale_all_dim"));
  }
  return YarnMagnitude(factor, 1.0);
}

// Reads `name`; 0 means `fallback`.
double OrDefault(ConfigFields& rope, const char* name, double fallback) {
  return rope.Has(name) && rope.object()[name] == 0 ? fallback : rope.PositiveReal(name, fallback);
}

YarnRopeScaling ReadYarn(RopeFields fields, Architecture& out) {
  YarnRopeScaling yarn;
  yarn.original_max_position = fields.OriginalMaxPosition();
  yarn.factor = fields.Factor(yarn.original_max_position);
  yarn.attention_factor = YarnAttentionFactor(fields.rope, yarn.factor);
  yarn.beta_fast = OrDefault(fields.rope, "beta_fast", yarn.beta_fast);
  yarn.beta_slow = OrDefault(fields.rope, "beta_slow", yarn.beta_slow);
  // As in Python, null is false; if the field is missing, it is true.
  const bool is_null = fields.rope.object().contains("truncate") && !fields.rope.Has("truncate");
  yarn.truncate = !is_null && fields.rope.Flag("truncate", yarn.truncate);
  fields.rope.Check(out.rope_theta > 1, "rope_theta", "must be above 1 for rope type yarn");
  out.max_position = std::max(out.max_position, Stretched(yarn.factor, yarn.original_max_position));
  return yarn;
}

LongRopeScaling ReadLongRope(RopeFields fields) {
  LongRopeScaling rope;
  rope.original_max_position = fields.OriginalMaxPosition();
  rope.short_factors = fields.rope.PositiveReals("short_factor", fields.head_dim / 2);
  rope.long_factors = fields.rope.PositiveReals("long_factor", fields.head_dim / 2);
  const double factor =
      fields.rope.PositiveReal("factor", fields.Ratio(rope.original_max_position));
  // Source: LongRoPE (arXiv 2402.13753).
  const double recommended =
      factor <= 1 ? 1.0
                  : std::sqrt(1 + std::log(factor) /
                                      std::log(static_cast<double>(rope.original_max_position)));
  rope.attention_factor = fields.rope.PositiveReal("attention_factor", recommended);
  fields.rope.Check(rope.original_max_position > 1, "original_max_position_embeddings",
                    "must be above 1 for rope type longrope");
  return rope;
}

Llama3RopeScaling ReadLlama3(RopeFields fields) {
  Llama3RopeScaling rope;
  rope.original_max_position = fields.OriginalMaxPosition();
  rope.factor = fields.rope.PositiveReal("factor");
  rope.low_freq_factor = fields.rope.PositiveReal("low_freq_factor");
  rope.high_freq_factor = fields.rope.PositiveReal("high_freq_factor");
  fields.rope.Check(rope.high_freq_factor > rope.low_freq_factor, "high_freq_factor",
                    "must be above low_freq_factor");
  return rope;
}

void ReadScaling(RopeFields fields, Architecture& out) {
  ConfigFields& rope = fields.rope;
  const std::string type = rope.Text("rope_type", rope.Text("type", "default"));
  if (type == "linear") {
    out.rope_scaling = LinearRopeScaling{rope.PositiveReal("factor"), fields.max_position};
    out.max_position = Stretched(rope.PositiveReal("factor"), fields.max_position);
  } else if (type == "dynamic") {
    out.rope_scaling = DynamicRopeScaling{rope.PositiveReal("factor"), fields.max_position};
    out.max_position = Stretched(rope.PositiveReal("factor"), fields.max_position);
    rope.Check(fields.head_dim > 2, "rope_type", "is \"dynamic\", which needs a head_dim above 2");
  } else if (type == "yarn") {
    out.rope_scaling = ReadYarn(fields, out);
  } else if (type == "longrope") {
    out.rope_scaling = ReadLongRope(fields);
  } else if (type == "llama3") {
    out.rope_scaling = ReadLlama3(fields);
  } else {
    rope.Check(type == "default", "rope_type",
               absl::StrCat("is \"", type.substr(0, 60),
                            "\"; supported are default, linear, dynamic, yarn, longrope and "
                            "llama3"));
  }
  rope.Check(out.max_position >= 1 && out.max_position <= kMostPositions, "factor",
             absl::StrCat("stretches sequences to a length outside 1 to ", kMostPositions));
}

// In these families Transformers rotates whole heads and other readers only a part, so the meaning
// of the field is ambiguous.
void CheckWholeHeads(ConfigFields& fields) {
  const char* name = "partial_rotary_factor";
  fields.Check(!fields.Has(name) || fields.object()[name] == 1, name,
               "is not 1; a rotation of a part of each head is not supported");
}

// The name of the object that Transformers reads; null if there is none.
const char* ObjectName(const ConfigFields& config) {
  const bool scaling = config.Has("rope_scaling") && !config.object()["rope_scaling"].empty();
  if (scaling) return "rope_scaling";
  return config.Has("rope_parameters") ? "rope_parameters" : nullptr;
}

// The object of one kind of layer in rope_parameters; empty if there is none.
json OfKind(ConfigFields& config, const char* kind) {
  if (!config.Has("rope_parameters")) return json::object();
  const json& kinds = config.object()["rope_parameters"];
  const bool known = kinds.is_object() && (kinds.contains("full_attention") ||
                                           kinds.contains("sliding_attention") || kinds.empty());
  config.Check(known, "rope_parameters", "must have full_attention and sliding_attention");
  if (!known || !kinds.contains(kind) || kinds[kind].is_null()) return json::object();
  config.Check(kinds[kind].is_object(), "rope_parameters",
               absl::StrCat(kind, " must be an object"));
  return kinds[kind].is_object() ? kinds[kind] : json::object();
}

absl::Status ReadRopeByKind(ConfigFields& config, const Family& family, Architecture& out) {
  json full = OfKind(config, "full_attention");
  if (config.Has("rope_scaling")) {
    const json& scaling = config.object()["rope_scaling"];
    if (config.Check(scaling.is_object(), "rope_scaling", "must be an object")) {
      full.update(scaling);
    }
  }
  ConfigFields rope(absl::StrCat(config.file(), ": rope of full_attention"), full);
  out.rope_theta = rope.PositiveReal("rope_theta", out.rope_theta);
  CheckWholeHeads(rope);
  ReadScaling({config, rope, out.head_dim, out.max_position}, out);
  const json sliding = OfKind(config, "sliding_attention");
  ConfigFields local(absl::StrCat(config.file(), ": rope of sliding_attention"), sliding);
  out.sliding_rope_theta = local.PositiveReal(
      "rope_theta", config.PositiveReal("rope_local_base_freq", family.sliding_rope_theta));
  CheckWholeHeads(local);
  local.Check(local.Text("rope_type", local.Text("type", "default")) == "default", "rope_type",
              "must be default, which alone is supported for sliding layers");
  if (!config.status().ok()) return config.status();
  return rope.status().ok() ? local.status() : rope.status();
}

}  // namespace

absl::Status ReadRope(ConfigFields& config, Architecture& out) {
  const Family& family = FamilyOf(out.family);
  out.max_position = config.Positive("max_position_embeddings", kMostPositions);
  out.rope_theta = config.PositiveReal("rope_theta", family.rope_theta);
  CheckWholeHeads(config);
  if (family.rope_by_kind) return ReadRopeByKind(config, family, out);
  const char* name = ObjectName(config);
  if (name == nullptr) return config.status();
  const json& object = config.object()[name];
  if (!config.Check(object.is_object(), name, "must be an object")) return config.status();
  ConfigFields rope(absl::StrCat(config.file(), ": ", name), object);
  for (const char* kind : {"full_attention", "sliding_attention", "chunked_attention"}) {
    rope.Check(!object.contains(kind), kind,
               "has its own settings; they must be the same for all layers");
  }
  out.rope_theta = rope.PositiveReal("rope_theta", out.rope_theta);
  CheckWholeHeads(rope);
  ReadScaling({config, rope, out.head_dim, out.max_position}, out);
  if (!config.status().ok()) return config.status();
  return rope.status();
}

}  // namespace hir
