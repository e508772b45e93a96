#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/model/save_folder.h"
#include "hir/model/weights.h"
#include "hir/model_folder/read_architecture.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

std::string NameOf(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return "bfloat16";
  return dtype == at::kHalf ? "float16" : "float32";
}

// The source's config.json has more than Architecture does (special tokens, for example), so it is
// kept if it describes the same model.
absl::Status WriteConfig(const std::string& folder, const Architecture& architecture,
                         const std::string& source, const std::string& dtype) {
  const absl::StatusOr<Architecture> original = ReadArchitecture(source);
  if (!original.ok() || *original != architecture) {
    return WriteArchitecture(folder, architecture, dtype);
  }
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(absl::StrCat(source, "/config.json")));
  HIR_ASSIGN_OR_RETURN(nlohmann::json config, ParseJson(text));
  config[config.contains("dtype") ? "dtype" : "torch_dtype"] = dtype;
  // Some readers ignore a stored head if config.json ties it to the embedding.
  if (!architecture.tie_embeddings) config["tie_word_embeddings"] = false;
  return WriteFileAtomically(absl::StrCat(folder, "/config.json"), config.dump(2) + "\n");
}

}  // namespace

absl::Status SaveModel(const std::string& folder, const Architecture& architecture,
                       const ModelWeights& weights, at::ScalarType dtype,
                       const std::string& source_folder, int64_t max_shard_bytes) {
  return SaveFolder(folder, source_folder, [&](const std::string& temporary) -> absl::Status {
    HIR_RETURN_IF_ERROR(WriteConfig(temporary, architecture, source_folder, NameOf(dtype)));
    NamedTensors tensors = weights.Named();
    for (auto& [name, tensor] : tensors) tensor = tensor.detach().to(dtype);
    return WriteSafetensorsFolder(temporary, tensors, max_shard_bytes);
  });
}

}  // namespace hir
