#include "hir/model/architecture.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

struct FamilyNames {
  ModelFamily family;
  const char* architecture;
  const char* model_type;
};

constexpr std::array<FamilyNames, 3> kFamilies = {{
    {ModelFamily::kLlama, "LlamaForCausalLM", "llama"},
    {ModelFamily::kQwen2, "Qwen2ForCausalLM", "qwen2"},
    {ModelFamily::kQwen3, "Qwen3ForCausalLM", "qwen3"},
}};

const FamilyNames& NamesOf(ModelFamily family) {
  return *std::find_if(kFamilies.begin(), kFamilies.end(),
                       [&](const FamilyNames& names) { return names.family == family; });
}

// Typed fields of one JSON object; the first error stays and names file and field.
class Fields {
 public:
  Fields(std::string file, const json& object) : file_(std::move(file)), object_(object) {}

  bool Has(const char* name) const { return object_.contains(name) && !object_[name].is_null(); }

  int64_t Positive(const char* name) {
    if (!Check(Has(name), name, "is missing")) return 1;
    const json& value = object_[name];
    if (!Check(value.is_number_integer() && value.get<int64_t>() > 0, name,
               "must be a whole number above 0")) {
      return 1;
    }
    return value.get<int64_t>();
  }
  int64_t Positive(const char* name, int64_t fallback) {
    return Has(name) ? Positive(name) : fallback;
  }

  double PositiveReal(const char* name) {
    if (!Check(Has(name), name, "is missing")) return 1;
    const json& value = object_[name];
    if (!Check(value.is_number() && value.get<double>() > 0, name, "must be a number above 0")) {
      return 1;
    }
    return value.get<double>();
  }
  double PositiveReal(const char* name, double fallback) {
    return Has(name) ? PositiveReal(name) : fallback;
  }

  bool Flag(const char* name, bool fallback) {
    if (!Has(name)) return fallback;
    if (!Check(object_[name].is_boolean(), name, "must be true or false")) return fallback;
    return object_[name].get<bool>();
  }

  std::string Text(const char* name, const std::string& fallback) {
    if (!Has(name)) return fallback;
    if (!Check(object_[name].is_string(), name, "must be a string")) return fallback;
    return object_[name].get<std::string>();
  }

  // Records that `name` has `fault` unless `good`; returns `good`.
  bool Check(bool good, const std::string& name, const std::string& fault) {
    if (!good && status_.ok()) {
      status_ = absl::InvalidArgumentError(absl::StrCat(file_, ": field ", name, " ", fault, "."));
    }
    return good;
  }

  const json& object() const { return object_; }
  const std::string& file() const { return file_; }
  const absl::Status& status() const { return status_; }

 private:
  std::string file_;
  const json& object_;
  absl::Status status_;
};

absl::StatusOr<ModelFamily> ReadFamily(const Fields& fields) {
  const json& object = fields.object();
  std::string name;
  if (fields.Has("architectures") && object["architectures"].is_array() &&
      !object["architectures"].empty() && object["architectures"][0].is_string()) {
    name = object["architectures"][0].get<std::string>();
  } else if (fields.Has("model_type") && object["model_type"].is_string()) {
    name = object["model_type"].get<std::string>();
  }
  for (const FamilyNames& names : kFamilies) {
    if (name == names.architecture || name == names.model_type) return names.family;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(fields.file(), ": field architectures names \"", name,
                   "\", which is not supported; supported are LlamaForCausalLM, Qwen2ForCausalLM "
                   "and Qwen3ForCausalLM."));
}

// Rope settings stand in the top level and `rope_scaling`, or together in `rope_parameters`.
absl::Status ReadRope(Fields& top, Architecture& out) {
  const bool together = top.Has("rope_parameters");
  out.rope_theta = top.PositiveReal("rope_theta", out.rope_theta);
  const char* name = together ? "rope_parameters" : "rope_scaling";
  if (!top.Has(name)) return absl::OkStatus();
  if (!top.Check(top.object()[name].is_object(), name, "must be an object")) return top.status();
  Fields rope(absl::StrCat(top.file(), ": ", name), top.object()[name]);
  out.rope_theta = rope.PositiveReal("rope_theta", out.rope_theta);
  const std::string type = rope.Text("rope_type", rope.Text("type", "default"));
  if (type == "default") return rope.status();
  if (!rope.Check(type == "llama3", "rope_type",
                  absl::StrCat("is \"", type, "\"; supported are default and llama3"))) {
    return rope.status();
  }
  Llama3RopeScaling scaling;
  scaling.factor = rope.PositiveReal("factor");
  scaling.low_freq_factor = rope.PositiveReal("low_freq_factor");
  scaling.high_freq_factor = rope.PositiveReal("high_freq_factor");
  scaling.original_max_position = rope.Positive("original_max_position_embeddings");
  rope.Check(scaling.high_freq_factor > scaling.low_freq_factor, "high_freq_factor",
             "must be above low_freq_factor");
  out.rope_scaling = scaling;
  return rope.status();
}

void CheckSupported(Fields& fields, const Architecture& out) {
  const std::string activation = fields.Text("hidden_act", "silu");
  fields.Check(activation == "silu", "hidden_act",
               absl::StrCat("is \"", activation, "\"; supported is silu"));
  fields.Check(!fields.Flag("mlp_bias", false), "mlp_bias", "is true, which is not supported");
  fields.Check(!fields.Flag("use_sliding_window", false), "use_sliding_window",
               "is true, which is not supported");
  fields.Check(out.heads % out.kv_heads == 0, "num_key_value_heads",
               "must divide num_attention_heads");
  fields.Check(out.head_dim % 2 == 0, "head_dim", "must be even");
}

absl::StatusOr<Architecture> Parse(const std::string& file, const json& object) {
  Fields fields(file, object);
  Architecture out;
  HIR_ASSIGN_OR_RETURN(out.family, ReadFamily(fields));
  out.vocab_size = fields.Positive("vocab_size");
  out.hidden_size = fields.Positive("hidden_size");
  out.layers = fields.Positive("num_hidden_layers");
  out.heads = fields.Positive("num_attention_heads");
  out.kv_heads = fields.Positive("num_key_value_heads", out.heads);
  const bool qwen3 = out.family == ModelFamily::kQwen3;
  out.head_dim =
      fields.Positive("head_dim", qwen3 ? 128 : std::max<int64_t>(1, out.hidden_size / out.heads));
  out.intermediate_size = fields.Positive("intermediate_size");
  out.max_position = fields.Positive("max_position_embeddings");
  out.rms_norm_eps = fields.PositiveReal("rms_norm_eps", 1e-6);
  HIR_RETURN_IF_ERROR(ReadRope(fields, out));
  out.tie_embeddings = fields.Flag("tie_word_embeddings", false);
  const bool bias = fields.Flag("attention_bias", false);
  out.attention_bias = bias || out.family == ModelFamily::kQwen2;
  out.output_bias = bias && out.family != ModelFamily::kQwen2;
  out.qk_norm = qwen3;
  CheckSupported(fields, out);
  HIR_RETURN_IF_ERROR(fields.status());
  return out;
}

json RopeFields(const Architecture& architecture) {
  json rope = {{"rope_type", "default"}, {"rope_theta", architecture.rope_theta}};
  if (const auto& scaling = architecture.rope_scaling) {
    rope["rope_type"] = "llama3";
    rope["factor"] = scaling->factor;
    rope["low_freq_factor"] = scaling->low_freq_factor;
    rope["high_freq_factor"] = scaling->high_freq_factor;
    rope["original_max_position_embeddings"] = scaling->original_max_position;
  }
  return rope;
}

}  // namespace

int64_t ParameterCount(const Architecture& a) {
  const int64_t q = a.heads * a.head_dim;
  const int64_t kv = a.kv_heads * a.head_dim;
  int64_t layer = (2 * q + 2 * kv + 3 * a.intermediate_size + 2) * a.hidden_size;
  if (a.attention_bias) layer += q + 2 * kv;
  if (a.output_bias) layer += a.hidden_size;
  if (a.qk_norm) layer += 2 * a.head_dim;
  const int64_t tables = a.tie_embeddings ? 1 : 2;
  return a.layers * layer + a.hidden_size + tables * a.vocab_size * a.hidden_size;
}

absl::StatusOr<Architecture> ReadArchitecture(const std::string& folder) {
  const std::string file = absl::StrCat(folder, "/config.json");
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is not a JSON object."));
  }
  return Parse(file, object);
}

absl::Status WriteArchitecture(const std::string& folder, const Architecture& architecture,
                               const std::string& dtype) {
  const FamilyNames& names = NamesOf(architecture.family);
  json out = {
      {"architectures", {names.architecture}},
      {"model_type", names.model_type},
      {"vocab_size", architecture.vocab_size},
      {"hidden_size", architecture.hidden_size},
      {"num_hidden_layers", architecture.layers},
      {"num_attention_heads", architecture.heads},
      {"num_key_value_heads", architecture.kv_heads},
      {"head_dim", architecture.head_dim},
      {"intermediate_size", architecture.intermediate_size},
      {"max_position_embeddings", architecture.max_position},
      {"rms_norm_eps", architecture.rms_norm_eps},
      {"rope_theta", architecture.rope_theta},
      {"tie_word_embeddings", architecture.tie_embeddings},
      {"hidden_act", "silu"},
      {"torch_dtype", dtype},
  };
  if (architecture.family != ModelFamily::kQwen2) {
    out["attention_bias"] = architecture.attention_bias;
  }
  out[architecture.rope_scaling ? "rope_scaling" : "rope_parameters"] = RopeFields(architecture);
  return WriteFileAtomically(absl::StrCat(folder, "/config.json"), out.dump(2) + "\n");
}

}  // namespace hir
