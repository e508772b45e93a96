#include "hir/model_folder/unsupported.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/model_folder/families.h"

namespace hir {
namespace {

using nlohmann::json;

constexpr char kUnquantised[] =
    "fetch the model that was not quantised, in bfloat16, float16 or float32";

struct Format {
  std::string_view begin;  // The beginning of a file's name.
  std::string_view end;
  const char* name;
  const char* advice;
};

constexpr char kConvert[] =
    "load it with Transformers and save it with save_pretrained(), which writes safetensors";

// Files with a quantiser's settings, which config.json need not repeat.
constexpr Format kQuantisers[] = {
    {"hf_quant_config", ".json", "quantised with ModelOpt", kUnquantised},
    {"quantize_config", ".json", "quantised with GPTQ", kUnquantised},
    {"quant_config", ".json", "quantised with AWQ", kUnquantised},
};

// Formats looked for when neither model.safetensors nor its index exists.
constexpr Format kFormats[] = {
    {"", ".gguf", "GGUF, the format of llama.cpp", kUnquantised},
    {"adapter_", "", "an adapter, not a model", "merge it into its base model with `hir merge`"},
    {"pytorch_model", ".bin", "pickles of PyTorch", kConvert},
    {"pytorch_model", ".bin.index.json", "pickles of PyTorch", kConvert},
    {"consolidated", "", "in the layout of Meta or Mistral", "fetch the Hugging Face files"},
    {"tf_model", ".h5", "of TensorFlow", kConvert},
    {"flax_model", ".msgpack", "of Flax", kConvert},
    {"", ".onnx", "ONNX", "fetch the safetensors files"},
    {"weights", ".npz", "NumPy arrays, as older MLX has them", "fetch the safetensors files"},
    {"", ".pth", "pickles of PyTorch", "fetch the safetensors files"},
    {"", ".safetensors", "safetensors of names that nothing lists",
     "name a single file model.safetensors; shards need their model.safetensors.index.json"},
};

bool Fits(const Format& format, const std::string& file) {
  return file.size() >= format.begin.size() + format.end.size() && file.starts_with(format.begin) &&
         file.ends_with(format.end);
}

// The first format in the list that a file in the folder has.
template <size_t kCount>
absl::Status RefuseFirst(const Format (&formats)[kCount], const std::string& folder,
                         const std::set<std::string>& files) {
  for (const Format& format : formats) {
    for (const std::string& file : files) {
      if (!Fits(format, file)) continue;
      return absl::InvalidArgumentError(absl::StrCat("the weights of ", folder, " are ",
                                                     format.name, " (", file,
                                                     "), which HiR does "
                                                     "not read: ",
                                                     format.advice, "."));
    }
  }
  return absl::OkStatus();
}

// Whether `value` requests anything: missing, null, false, 0, an empty value and, for a multiplier,
// 1 don't.
bool Asks(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  return !value.empty();
}

// Fields in config.json of other families, and of variants under a supported family's name.
// Transformers ignores them there; readers that honour them compute something else.
constexpr const char* kOtherComputations[] = {
    "alibi",
    "attention_chunk_size",
    "attn_logit_softcapping",
    "clip_qkv",
    "cross_attention_layers",
    "dim_model_base",
    "final_logit_softcapping",
    "kv_lora_rank",
    "mlp_bias",
    "moe_intermediate_size",
    "n_routed_experts",
    "no_rope_layer_interval",
    "no_rope_layers",
    "num_experts",
    "num_kv_shared_layers",
    "num_local_experts",
    "parallel_attn",
    "per_layer_config",
    "q_lora_rank",
    "qk_layernorm",
    "query_pre_attn_scalar",
    "rope_interleaved",
    "rope_local_base_freq",
    "use_alibi",
    "use_bidirectional_attention",
    "use_mrope",
    "use_parallel_residual",
    "use_qk_norm",
};

// Multipliers; 1 has no effect.
constexpr const char* kMultipliers[] = {
    "attention_multiplier", "embedding_multiplier", "lm_head_multiplier", "logit_scale",
    "logits_scaling",       "residual_multiplier",  "scale_depth",        "scale_emb",
};

// Whether `family` computes what the field asks for.
bool Computes(const Family& family, std::string_view field) {
  if (field == "query_pre_attn_scalar") return family.query_pre_attn_scalar > 0;
  return field == "rope_local_base_freq" && family.rope_by_kind;
}

void CheckActivation(ConfigFields& config, Activation computed) {
  for (const char* name : {"hidden_act", "hidden_activation"}) {
    if (!config.Has(name)) continue;
    const std::string text = config.Text(name, "").substr(0, 60);
    const std::optional<Activation> activation = ActivationNamed(text);
    config.Check(activation.has_value(), name,
                 absl::StrCat("is \"", text, "\"; supported are silu and gelu_pytorch_tanh"));
    config.Check(
        activation == computed, name,
        absl::StrCat("is \"", text, "\", but the model computes ", ActivationName(computed)));
  }
}

void CheckNoOtherComputation(ConfigFields& config, const Architecture& architecture) {
  const Family& family = FamilyOf(architecture.family);
  for (const char* name : kOtherComputations) {
    config.Check(Computes(family, name) || !config.Has(name) || !Asks(config.object()[name]), name,
                 "changes the computation in a way that is not supported");
  }
  for (const char* name : kMultipliers) {
    config.Check(!config.Has(name) || config.object()[name] == 1, name,
                 "multiplies by another number than 1, which is not supported");
  }
  config.Check(family.bias != BiasRule::kNever || !config.Flag("attention_bias", false),
               "attention_bias",
               absl::StrCat("is true, but ", family.architecture, " has no such biases"));
  CheckActivation(config, architecture.activation);
}

// `unnamed` is used if the settings name no method.
std::string QuantiserName(const json& settings, const char* unnamed) {
  for (const char* name : {"quant_method", "quant_algo"}) {
    if (settings.contains(name) && settings[name].is_string()) {
      return settings[name].get<std::string>().substr(0, 60);
    }
  }
  for (const char* name : {"load_in_4bit", "load_in_8bit"}) {
    if (settings.contains(name)) return "bitsandbytes";
  }
  return unnamed;
}

void CheckNotQuantised(ConfigFields& config) {
  // The second is old compressed-tensors', the third MLX', which also writes the first.
  const char* const unnamed = config.Has("quantization") ? "MLX" : "a method that it doesn't name";
  for (const char* name : {"quantization_config", "compression_config", "quantization"}) {
    if (!config.Has(name) || config.object()[name].empty()) continue;
    config.Check(false, name,
                 absl::StrCat("says that the weights are quantised with ",
                              QuantiserName(config.object()[name], unnamed),
                              ", which is not supported; ", kUnquantised));
  }
}

// Windows of families that are computed without. Qwen's: layers from max_window_layers on, or those
// that layer_types names, attend to `sliding_window` tokens at most. A window at least as long as
// the longest sequence has no effect.
void CheckNoWindow(ConfigFields& config, const Architecture& a) {
  const WindowRule rule = FamilyOf(a.family).windows;
  if (rule != WindowRule::kNone && rule != WindowRule::kOptIn) return;
  const json& object = config.object();
  if (config.Has("layer_types") &&
      config.Check(object["layer_types"].is_array(), "layer_types", "must be a list")) {
    for (const json& type : object["layer_types"]) {
      config.Check(type == "full_attention", "layer_types",
                   "names another kind than full_attention, which alone is supported");
    }
    return;
  }
  const bool opt_in = rule == WindowRule::kOptIn;
  if (!config.Flag("use_sliding_window", !opt_in) || !config.Has("sliding_window")) return;
  const json& window = object["sliding_window"];
  const bool all_layers_full = opt_in && config.Has("max_window_layers") &&
                               object["max_window_layers"].is_number_integer() &&
                               object["max_window_layers"].get<double>() >= a.layers;
  const bool wide = window.is_number() && window.get<double>() >= a.max_position;
  config.Check(all_layers_full || wide || window == 0, "sliding_window",
               "limits attention to a window, which is not supported");
}

}  // namespace

absl::Status CheckWeightsFormat(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) {
    return absl::InvalidArgumentError(absl::StrCat(
        folder,
        " is not a folder; give the Hugging Face folder with config.json and safetensors."));
  }
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    files.insert(entry.path().filename().string());
  }
  if (absl::Status status = RefuseFirst(kQuantisers, folder, files); !status.ok()) return status;
  if (files.contains("model.safetensors") || files.contains("model.safetensors.index.json")) {
    return absl::OkStatus();
  }
  return RefuseFirst(kFormats, folder, files);
}

void CheckComputed(ConfigFields& config, const Architecture& architecture) {
  CheckNotQuantised(config);
  CheckNoOtherComputation(config, architecture);
  CheckNoWindow(config, architecture);
}

}  // namespace hir
