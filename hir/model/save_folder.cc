#include "hir/model/save_folder.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

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

}  // namespace hir
