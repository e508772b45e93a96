#include "hir/model/lora.h"

#include <ATen/CPUGeneratorImpl.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/model/safetensors.h"
#include "hir/model/save_folder.h"
#include "hir/model_folder/read_architecture.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

constexpr char kConfigFile[] = "/adapter_config.json";
constexpr char kTensorsFile[] = "/adapter_model.safetensors";

// PEFT wraps the model in two modules of its own.
std::string NameOfA(const std::string& module) {
  return absl::StrCat("base_model.model.", module, ".lora_A.weight");
}

std::string NameOfB(const std::string& module) {
  return absl::StrCat("base_model.model.", module, ".lora_B.weight");
}

// Settings of PEFT that change what an adapter computes, or that add tensors to it. Each is off if
// it is absent, null, false, empty or "none".
constexpr std::array<const char*, 17> kUnsupported = {"alora_invocation_tokens",
                                                      "arrow_config",
                                                      "use_rslora",
                                                      "use_dora",
                                                      "use_qalora",
                                                      "use_bdlora",
                                                      "kasa_config",
                                                      "monteclora_config",
                                                      "fan_in_fan_out",
                                                      "bias",
                                                      "lora_bias",
                                                      "modules_to_save",
                                                      "rank_pattern",
                                                      "alpha_pattern",
                                                      "layer_replication",
                                                      "target_parameters",
                                                      "trainable_token_indices"};

bool IsOff(const json& value) {
  return value.is_null() || value == json(false) || value == json("none") ||
         (value.is_structured() && value.empty());
}

absl::StatusOr<json> ReadConfig(const std::string& folder) {
  const std::string path = folder + kConfigFile;
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const absl::StatusOr<json> config = ParseJson(text);
  const auto refuse = [&path](const std::string& why) {
    return absl::InvalidArgumentError(absl::StrCat(path, why));
  };
  if (!config.ok()) return refuse(absl::StrCat(": ", config.status().message()));
  if (!config->is_object()) return refuse(" is not a JSON object.");
  if (const json type = config->value("peft_type", json()); type != json("LORA")) {
    return refuse(
        absl::StrCat(": peft_type is ", type.dump(), ", but only \"LORA\" can be merged."));
  }
  for (const char* key : kUnsupported) {
    const json value = config->value(key, json());
    if (IsOff(value)) continue;
    return refuse(absl::StrCat(": ", key, " is ", value.dump(),
                               ", which HiR does not compute; merge it with PEFT's "
                               "merge_and_unload()."));
  }
  // Other start values are taken out of the base model's weights, which then change as well.
  const json start = config->value("init_lora_weights", json(true));
  if (start.is_string() && start != json("gaussian") && start != json("orthogonal") &&
      start != json("eva")) {
    return refuse(absl::StrCat(": init_lora_weights is ", start.dump(),
                               ", which changes the base model's weights; merge it with PEFT's "
                               "merge_and_unload()."));
  }
  const json alpha = config->value("lora_alpha", json());
  if (!alpha.is_number() || !(alpha.get<double>() > 0)) {
    return refuse(absl::StrCat(": lora_alpha is ", alpha.dump(), " but must be a number above 0."));
  }
  const json rank = config->value("r", json());
  if (!rank.is_number_integer() || rank.get<int64_t>() < 1) {
    return refuse(absl::StrCat(": r is ", rank.dump(), " but must be a whole number above 0."));
  }
  return config;
}

// Refuses tensors that belong to no adapter, since they would be left out of the computation.
absl::Status CheckNothingElse(const SafetensorsFile& file, const LoraAdapters& adapters) {
  std::set<std::string> known;
  for (const LoraAdapter& adapter : adapters.adapters) {
    known.insert({NameOfA(adapter.module), NameOfB(adapter.module)});
  }
  for (const auto& [name, tensor] : file.tensors()) {
    if (known.contains(name)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(file.path(), ": tensor ", name,
                     " is not an adapter of a linear module of the base model."));
  }
  return absl::OkStatus();
}

}  // namespace

LoraAdapters NewAdapters(absl::Span<const AdaptedWeight> weights, int64_t rank, double alpha,
                         uint64_t seed) {
  const at::Generator generator = at::detail::createCPUGenerator(seed);
  LoraAdapters fresh{.rank = rank, .alpha = alpha, .adapters = {}};
  for (const AdaptedWeight& weight : weights) {
    // Kaiming's uniform values with a = sqrt(5), as a linear module of PyTorch starts with.
    const double bound = 1 / std::sqrt(static_cast<double>(weight.inputs));
    const at::Tensor a = at::empty({rank, weight.inputs}, at::kFloat);
    fresh.adapters.push_back({.module = weight.module,
                              .a = a.uniform_(-bound, bound, generator),
                              .b = at::zeros({weight.outputs, rank}, at::kFloat)});
  }
  return fresh;
}

at::Tensor MergedWeight(const at::Tensor& base, const LoraAdapter& adapter, double scale) {
  const at::NoGradGuard no_grad;
  return at::addmm(base.to(at::kFloat), adapter.b, adapter.a, 1, scale).to(base.scalar_type());
}

absl::Status SaveAdapters(const std::string& folder, const LoraAdapters& adapters,
                          const std::string& base_folder) {
  std::set<std::string> targets;
  NamedTensors tensors;
  for (const LoraAdapter& adapter : adapters.adapters) {
    targets.insert(adapter.module.substr(adapter.module.rfind('.') + 1));
    tensors.emplace_back(NameOfA(adapter.module), adapter.a.detach());
    tensors.emplace_back(NameOfB(adapter.module), adapter.b.detach());
  }
  // Some readers want a whole number.
  const bool whole = adapters.alpha == std::floor(adapters.alpha);
  const json config = {
      {"base_model_name_or_path", std::filesystem::absolute(base_folder).string()},
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"inference_mode", true},
      {"init_lora_weights", true},
      {"lora_alpha", whole ? json(static_cast<int64_t>(adapters.alpha)) : json(adapters.alpha)},
      {"lora_dropout", 0.0},
      {"modules_to_save", nullptr},
      {"peft_type", "LORA"},
      {"r", adapters.rank},
      {"target_modules", targets},
      {"task_type", "CAUSAL_LM"},
      {"use_dora", false},
      {"use_rslora", false}};
  return SaveFolder(folder, base_folder, [&](const std::string& temporary) -> absl::Status {
    HIR_RETURN_IF_ERROR(WriteFileAtomically(temporary + kConfigFile, config.dump(2) + "\n"));
    return WriteSafetensors(temporary + kTensorsFile, tensors);
  });
}

absl::StatusOr<LoraAdapters> LoadAdapters(const std::string& folder,
                                          const Architecture& architecture) {
  HIR_ASSIGN_OR_RETURN(const json config, ReadConfig(folder));
  HIR_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Open(folder + kTensorsFile));
  LoraAdapters loaded{.rank = config["r"], .alpha = config["lora_alpha"], .adapters = {}};
  for (const AdaptedWeight& weight : AllLinearWeights(architecture)) {
    const std::string a = NameOfA(weight.module);
    const std::string b = NameOfB(weight.module);
    if (!file.tensors().contains(a) && !file.tensors().contains(b)) continue;
    LoraAdapter adapter{.module = weight.module, .a = {}, .b = {}};
    HIR_ASSIGN_OR_RETURN(adapter.a, ReadTensor(file, a, {loaded.rank, weight.inputs}, at::kFloat));
    HIR_ASSIGN_OR_RETURN(adapter.b, ReadTensor(file, b, {weight.outputs, loaded.rank}, at::kFloat));
    loaded.adapters.push_back(std::move(adapter));
  }
  HIR_RETURN_IF_ERROR(CheckNothingElse(file, loaded));
  return loaded;
}

absl::Status MergeAdapters(const std::string& folder, const std::string& base_folder,
                           const std::string& output, at::ScalarType dtype) {
  HIR_ASSIGN_OR_RETURN(const json config, ReadConfig(folder));
  std::string base = base_folder;
  if (base.empty()) {
    std::error_code error;
    const json named = config.value("base_model_name_or_path", json());
    if (!named.is_string() ||
        !std::filesystem::exists(named.get<std::string>() + "/config.json", error)) {
      return absl::InvalidArgumentError(
          absl::StrCat(folder, kConfigFile, ": base_model_name_or_path is ", named.dump(),
                       ", where there is no model folder; say with --model where it is."));
    }
    base = named;
  }
  HIR_ASSIGN_OR_RETURN(const Architecture architecture, ReadArchitecture(base));
  HIR_ASSIGN_OR_RETURN(const LoraAdapters adapters, LoadAdapters(folder, architecture));
  HIR_ASSIGN_OR_RETURN(const ModelWeights weights, LoadWeights(base, architecture, dtype));
  std::map<std::string, const LoraAdapter*> of_weight;
  for (const LoraAdapter& adapter : adapters.adapters) {
    of_weight[adapter.module + ".weight"] = &adapter;
  }
  const ModelWeights merged =
      weights.Transformed([&](const std::string& name, const at::Tensor& tensor) {
        const auto found = of_weight.find(name);
        return found == of_weight.end() ? tensor
                                        : MergedWeight(tensor, *found->second, adapters.scale());
      });
  for (const auto& [name, tensor] : merged.Named()) {
    HIR_RETURN_IF_ERROR(CheckFinite(name, tensor));
  }
  return SaveModel(output, architecture, merged, dtype, base);
}

}  // namespace hir
