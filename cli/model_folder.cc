#include "cli/model_folder.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace hir {

absl::Status CheckModelFolder(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat("there is no model folder ", path, "."));
  }
  for (const char* file : {"config.json", "tokenizer.json"}) {
    if (!fs::exists(fs::path(path) / file, error)) {
      return absl::NotFoundError(absl::StrCat("the model folder ", path, " has no ", file, "."));
    }
  }
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.path().extension() == ".safetensors") return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat("the model folder ", path, " has no .safetensors file."));
}

}  // namespace hir
