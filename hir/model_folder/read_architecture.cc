#include "hir/model_folder/read_architecture.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/model_folder/config_fields.h"
#include "hir/model_folder/read_rope.h"
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

absl::StatusOr<ModelFamily> ReadFamily(const ConfigFields& fields) {
  const std::string architecture = FirstText(fields, "architectures");
  const std::string model_type = FirstText(fields, "model_type");
  for (const FamilyNames& names : kFamilies) {
    if (architecture != names.architecture &&
        (!architecture.empty() || model_type != names.model_type)) {
      continue;
    }
    if (model_type.empty() || model_type == names.model_type) return names.family;
    return absl::InvalidArgumentError(absl::StrCat(
        fields.file(), ": field model_type is \"", model_type, "\", but architectures names ",
        architecture, ", whose type is \"", names.model_type, "\"; one of them is wrong."));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(fields.file(), ": field architectures names \"",
                   architecture.empty() ? model_type : architecture,
                   "\", which is not supported; supported are LlamaForCausalLM, Qwen2ForCausalLM "
                   "and Qwen3ForCausalLM."));
}

// The size of a head if config.json does not give it.
int64_t DefaultHeadDim(ConfigFields& fields, const Architecture& out) {
  if (out.family == ModelFamily::kQwen3) return 128;
  fields.Check(out.hidden_size % out.heads == 0, "hidden_size",
               absl::StrCat("is ", out.hidden_size, ", which num_attention_heads, ", out.heads,
                            ", does not divide"));
  return std::max<int64_t>(1, out.hidden_size / out.heads);
}

void ReadSizes(ConfigFields& fields, Architecture& out) {
  out.vocab_size = fields.Positive("vocab_size", kMostTokens);
  out.hidden_size = fields.Positive("hidden_size", kMostWidth);
  out.layers = fields.Positive("num_hidden_layers", kMostLayers);
  out.heads = fields.Positive("num_attention_heads", kMostHeads);
  out.kv_heads = fields.Positive("num_key_value_heads", kMostHeads, out.heads);
  out.head_dim = fields.Has("head_dim") ? fields.Positive("head_dim", kMostHeadDim)
                                        : DefaultHeadDim(fields, out);
  out.intermediate_size = fields.Positive("intermediate_size", kMostWidth);
  out.rms_norm_eps = fields.PositiveReal("rms_norm_eps", 1e-6);
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

absl::StatusOr<Architecture> Parse(const std::string& file, const json& object) {
  ConfigFields fields(file, object);
  Architecture out;
  HIR_ASSIGN_OR_RETURN(out.family, ReadFamily(fields));
  ReadSizes(fields, out);
  HIR_RETURN_IF_ERROR(fields.status());
  HIR_RETURN_IF_ERROR(ReadRope(fields, out));
  out.tie_embeddings = fields.Flag("tie_word_embeddings", false);
  const bool bias = fields.Flag("attention_bias", false);
  out.attention_bias = bias || out.family == ModelFamily::kQwen2;
  out.output_bias = bias && out.family != ModelFamily::kQwen2;
  if (out.family == ModelFamily::kQwen3) out.qk_norm = QkNorm::kPerHead;
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
