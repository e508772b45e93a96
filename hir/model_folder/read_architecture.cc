#include "hir/model_folder/read_architecture.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/model_folder/config_fields.h"
#include "hir/model_folder/families.h"
#include "hir/model_folder/read_rope.h"
#include "hir/model_folder/read_windows.h"
#include "hir/model_folder/safetensors.h"
#include "hir/model_folder/unsupported.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

// Far above any model, and low enough that sizes of tensors and their sums fit into 64 bits.
constexpr int64_t kMostLayers = 10'000;
constexpr int64_t kMostHeads = 1 << 16;
constexpr int64_t kMostHeadDim = 1 << 14;
constexpr int64_t kMostWidth = 1 << 20;
constexpr int64_t kMostTokens = 1 << 24;
constexpr double kMostParameters = 1e13;

std::string FirstText(const ConfigFields& fields, const char* name) {
  if (!fields.Has(name)) return "";
  const json& value = fields.object()[name];
  if (value.is_string()) return value.get<std::string>().substr(0, 100);
  const bool list = value.is_array() && !value.empty() && value[0].is_string();
  return list ? value[0].get<std::string>().substr(0, 100) : "";
}

// Models of texts and images whose language model belongs to a supported family.
struct Multimodal {
  const char* architecture;
  const char* model_type;
  const char* text_architecture;
};
constexpr Multimodal kMultimodal[] = {
    {"Gemma3ForConditionalGeneration", "gemma3", "Gemma3ForCausalLM"},
    {"Mistral3ForConditionalGeneration", "mistral3", "MistralForCausalLM"},
};

absl::Status UnsupportedFamily(const std::string& file, const std::string& architecture,
                               const std::string& model_type) {
  const std::string& name = architecture.empty() ? model_type : architecture;
  for (const Multimodal& model : kMultimodal) {
    if (name != model.architecture && name != model.model_type) continue;
    return absl::InvalidArgumentError(absl::StrCat(file, ": field architectures names \"", name,
                                                   "\", a model of texts and images, which is not "
                                                   "supported; save its language model alone as ",
                                                   model.text_architecture,
                                                   ", as docs/families.md shows."));
  }
  return absl::InvalidArgumentError(absl::StrCat(file, ": field architectures names \"", name,
                                                 "\", which is not supported; supported are ",
                                                 SupportedArchitectures(), "."));
}

absl::StatusOr<const Family*> ReadFamily(const ConfigFields& fields) {
  const std::string architecture = FirstText(fields, "architectures");
  const std::string model_type = FirstText(fields, "model_type");
  const Family* family = FindFamily(architecture, model_type);
  if (family == nullptr) return UnsupportedFamily(fields.file(), architecture, model_type);
  if (!model_type.empty() && model_type != family->model_type) {
    return absl::InvalidArgumentError(absl::StrCat(
        fields.file(), ": field model_type is \"", model_type, "\", but architectures names ",
        architecture, ", whose type is \"", family->model_type, "\"; one of them is wrong."));
  }
  return family;
}

// The size of a head if config.json does not give it.
int64_t DefaultHeadDim(ConfigFields& fields, const Family& family, const Architecture& out) {
  if (family.head_dim > 0) return family.head_dim;
  fields.Check(out.hidden_size % out.heads == 0, "hidden_size",
               absl::StrCat("is ", out.hidden_size, ", which num_attention_heads, ", out.heads,
                            ", does not divide"));
  return std::max<int64_t>(1, out.hidden_size / out.heads);
}

// The number of key heads if config.json does not give it; null always means one per head.
int64_t DefaultKvHeads(const ConfigFields& fields, const Family& family, const Architecture& out) {
  const bool absent = !fields.object().contains("num_key_value_heads");
  return absent && family.kv_heads > 0 ? family.kv_heads : out.heads;
}

void ReadSizes(ConfigFields& fields, const Family& family, Architecture& out) {
  out.vocab_size = fields.Positive("vocab_size", kMostTokens);
  out.hidden_size = fields.Positive("hidden_size", kMostWidth);
  out.layers = fields.Positive("num_hidden_layers", kMostLayers);
  out.heads = fields.Positive("num_attention_heads", kMostHeads);
  out.kv_heads =
      fields.Positive("num_key_value_heads", kMostHeads, DefaultKvHeads(fields, family, out));
  out.head_dim = fields.Has("head_dim") ? fields.Positive("head_dim", kMostHeadDim)
                                        : DefaultHeadDim(fields, family, out);
  out.intermediate_size = fields.Positive("intermediate_size", kMostWidth);
  out.rms_norm_eps = fields.PositiveReal("rms_norm_eps", family.rms_norm_eps);
  fields.Check(
      out.heads % out.kv_heads == 0, "num_key_value_heads",
      absl::StrCat("is ", out.kv_heads, "; it must divide num_attention_heads, ", out.heads));
  fields.Check(out.head_dim % 2 == 0, "head_dim",
               absl::StrCat("is ", out.head_dim, "; it must be even"));
  const double layer = static_cast<double>(out.hidden_size) *
                       (2.0 * static_cast<double>((out.heads + out.kv_heads) * out.head_dim) +
                        3.0 * static_cast<double>(out.intermediate_size));
  fields.Check(static_cast<double>(out.layers) * layer < kMostParameters, "num_hidden_layers",
               absl::StrCat("is ", out.layers, ", which with the other sizes makes more than ",
                            kMostParameters, " parameters"));
}

// What the family decides, with or without a field of config.json.
void ReadProperties(ConfigFields& fields, const Family& family, Architecture& out) {
  out.tie_embeddings = fields.Flag("tie_word_embeddings", family.tie_embeddings);
  const bool bias = fields.Flag("attention_bias", false);
  out.attention_bias =
      family.bias == BiasRule::kByConfig ? bias : family.bias == BiasRule::kQkvAlways;
  out.output_bias = bias && family.bias == BiasRule::kByConfig;
  out.qk_norm = family.qk_norm;
  out.norms = family.norms;
  out.norm_offset = family.norm_offset;
  out.activation =
      ActivationNamed(fields.Text(family.activation_field, ActivationName(family.activation)))
          .value_or(family.activation);
  if (family.scaled_embeddings)
    out.embedding_scale = std::sqrt(static_cast<double>(out.hidden_size));
  if (family.query_pre_attn_scalar > 0) {
    out.query_pre_attn_scalar =
        fields.Positive("query_pre_attn_scalar", kMostWidth, family.query_pre_attn_scalar);
  }
}

absl::StatusOr<Architecture> Parse(const std::string& file, const json& object) {
  ConfigFields fields(file, object);
  HIR_ASSIGN_OR_RETURN(const Family* family, ReadFamily(fields));
  Architecture out;
  out.family = family->family;
  ReadSizes(fields, *family, out);
  HIR_RETURN_IF_ERROR(fields.status());
  HIR_RETURN_IF_ERROR(ReadRope(fields, out));
  ReadProperties(fields, *family, out);
  ReadWindows(fields, out);
  CheckComputed(fields, out);
  HIR_RETURN_IF_ERROR(fields.status());
  return out;
}

// Whether the weights have a head that differs from the embedding. Tables of different types count
// as different, which costs memory but computes the same.
absl::StatusOr<bool> HasOwnHead(const std::string& folder) {
  const absl::StatusOr<SafetensorsFolder> files = SafetensorsFolder::Open(folder);
  if (!files.ok()) return files.status();
  if (!files->Has(kHeadName) || !files->Has(kEmbeddingName)) return false;
  HIR_ASSIGN_OR_RETURN(const SafetensorsFile* head_file, files->FileOf(kHeadName));
  HIR_ASSIGN_OR_RETURN(const SafetensorsFile* embedding_file, files->FileOf(kEmbeddingName));
  const StoredTensor& head = head_file->tensors().at(kHeadName);
  const StoredTensor& embedding = embedding_file->tensors().at(kEmbeddingName);
  return head.dtype != embedding.dtype || head.bytes != embedding.bytes;
}

bool HasWeights(const std::string& folder) {
  std::error_code error;
  return std::filesystem::exists(folder + "/model.safetensors", error) ||
         std::filesystem::exists(folder + "/model.safetensors.index.json", error);
}

}  // namespace

absl::StatusOr<Architecture> ReadArchitecture(const std::string& folder) {
  HIR_RETURN_IF_ERROR(CheckWeightsFormat(folder));
  const std::string file = absl::StrCat(folder, "/config.json");
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  const json object = ParseJson(text).value_or(json());
  if (!object.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is not a JSON object."));
  }
  HIR_ASSIGN_OR_RETURN(Architecture out, Parse(file, object));
  if (!out.tie_embeddings || !HasWeights(folder)) return out;
  HIR_ASSIGN_OR_RETURN(const bool own_head, HasOwnHead(folder));
  out.tie_embeddings = !own_head;
  return out;
}

}  // namespace hir
