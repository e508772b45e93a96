#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/cleanup/cleanup.h"
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

namespace fs = std::filesystem;

// The other files of a checkpoint: the tokenizer in all its forms and the defaults for generation.
constexpr std::array<std::string_view, 9> kCopiedFiles = {"tokenizer.json",
                                                          "tokenizer_config.json",
                                                          "special_tokens_map.json",
                                                          "added_tokens.json",
                                                          "vocab.json",
                                                          "merges.txt",
                                                          "tokenizer.model",
                                                          "chat_template.jinja",
                                                          "generation_config.json"};

absl::Status CopySourceFiles(const std::string& source, const std::string& folder) {
  const std::string tokenizer = absl::StrCat(source, "/tokenizer.json");
  std::error_code error;
  if (!fs::exists(tokenizer, error)) {
    return absl::NotFoundError(absl::StrCat(tokenizer,
                                            " is missing; a model can't be saved "
                                            "without its tokenizer."));
  }
  for (const std::string_view name : kCopiedFiles) {
    const fs::path from = fs::path(source) / name;
    if (!fs::exists(from, error)) continue;
    if (!fs::copy_file(from, fs::path(folder) / name, error)) {
      return absl::UnavailableError(
          absl::StrCat(from.string(), " can't be copied to ", folder, ": ", error.message(), "."));
    }
  }
  return absl::OkStatus();
}

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

absl::Status SaveFolder(const std::string& folder, const std::string& source_folder,
                        absl::FunctionRef<absl::Status(const std::string& temporary)> write) {
  std::error_code error;
  if (fs::exists(folder, error)) {
    return absl::AlreadyExistsError(absl::StrCat(folder, " exists already."));
  }
  const std::string temporary = absl::StrCat(folder, ".tmp.", getpid());
  absl::Cleanup remover = [&] { fs::remove_all(temporary, error); };
  fs::remove_all(temporary, error);
  if (!fs::create_directories(temporary, error)) {
    return absl::UnavailableError(
        absl::StrCat(temporary, " can't be made: ", error.message(), "."));
  }
  HIR_RETURN_IF_ERROR(CopySourceFiles(source_folder, temporary));
  HIR_RETURN_IF_ERROR(write(temporary));
  fs::rename(temporary, folder, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat(folder, " can't be made: ", error.message(), "."));
  }
  std::move(remover).Cancel();
  return absl::OkStatus();
}

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
