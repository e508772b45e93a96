#include "hir/run/format.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string NumberPath(const std::string& run_dir) { return run_dir + "/run.json"; }

}  // namespace

absl::Status CheckRunFormat(const std::string& run_dir) {
  const absl::StatusOr<std::string> text = ReadFile(NumberPath(run_dir));
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(text.status());
  const json object = ParseJson(*text).value_or(json());
  const json number = object.is_object() ? object.value("format", json()) : json();
  if (!number.is_number_integer()) {
    return absl::InvalidArgumentError(
        absl::StrCat(NumberPath(run_dir), " must be {\"format\": N} with the number of the run ",
                     "folder's format; give the file back."));
  }
  if (number == kRunFormat) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(run_dir, " is a run folder of format ", number.dump(),
                   " but this version of HiR reads format ", kRunFormat,
                   "; use the version that made the run, or begin a run under another name."));
}

absl::Status CheckFormatOfRunOf(const std::string& file) {
  std::error_code error;
  const fs::path folder = fs::absolute(file, error).lexically_normal().parent_path();
  if (fs::exists(NumberPath(folder), error)) return CheckRunFormat(folder);
  const fs::path above = folder.parent_path();
  return fs::exists(NumberPath(above), error) ? CheckRunFormat(above) : absl::OkStatus();
}

absl::Status ClaimRunFolder(const std::string& run_dir) {
  HIR_RETURN_IF_ERROR(CheckRunFormat(run_dir));
  std::error_code error;
  if (fs::exists(NumberPath(run_dir), error)) return absl::OkStatus();
  return WriteFileAtomically(NumberPath(run_dir), absl::StrCat("{\"format\": ", kRunFormat, "}\n"));
}

}  // namespace hir
