#include "hir/driver/check_model_folder.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/model_folder/read_architecture.h"
#include "hir/model_folder/safetensors.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

absl::Status CheckModelFolder(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return absl::NotFoundError(absl::StrCat("there is no model folder ", path, "."));
  }
  HIR_RETURN_IF_ERROR(ReadArchitecture(path).status());
  HIR_RETURN_IF_ERROR(SafetensorsFolder::Open(path).status());
  return Tokenizer::Load(path).status();
}

}  // namespace hir
