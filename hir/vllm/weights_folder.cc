#include "hir/vllm/weights_folder.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/model_folder/safetensors.h"
#include "hir/vllm/messages.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

constexpr char kWhole[] = "weights-";
constexpr char kUnfinished[] = ".weights-";  // Servers must not find it by its name.

absl::Status Unusable(const std::string& path, const std::string& why) {
  return absl::FailedPreconditionError(
      absl::StrCat("--weights-folder ", path, " can't be used: ", why,
                   "; give a folder that this worker can write and its vLLM server can read"));
}

// Of a safetensors file with these tensors.
absl::StatusOr<std::string> HeaderOf(const PackedWeights& weights) {
  std::vector<TensorLayout> layout;
  for (const PackedTensor& tensor : weights.tensors) {
    HIR_ASSIGN_OR_RETURN(const uint64_t bytes, TotalBytes({tensor}));
    layout.push_back({tensor.name, tensor.dtype, tensor.shape, bytes});
  }
  return SafetensorsHeader(layout);
}

}  // namespace

WeightsFolder::WeightsFolder(std::string path, std::string config, std::unique_ptr<FileLock> lock)
    : path_(std::move(path)), config_(std::move(config)), lock_(std::move(lock)) {}

absl::StatusOr<std::unique_ptr<WeightsFolder>> WeightsFolder::Open(const std::string& path,
                                                                   const std::string& model) {
  HIR_ASSIGN_OR_RETURN(std::string config, ReadFile(model + "/config.json"));
  std::error_code error;
  std::string absolute = fs::absolute(path, error).lexically_normal();
  absl::StatusOr<std::unique_ptr<FileLock>> lock =
      FileLock::Take(absolute + "/.lock", absl::ZeroDuration());
  if (absl::IsDeadlineExceeded(lock.status())) {
    return Unusable(path, "another worker uses it");
  }
  if (!lock.ok()) return Unusable(path, std::string(lock.status().message()));
  // The lock alone may be an old file in a folder that nothing can be written to any more.
  const std::string trial = absl::StrCat(absolute, "/", kUnfinished, "trial");
  if (const absl::Status written = WriteFileAtomically(trial, "x"); !written.ok()) {
    return Unusable(path, std::string(written.message()));
  }
  auto folder = std::unique_ptr<WeightsFolder>(
      new WeightsFolder(std::move(absolute), std::move(config), *std::move(lock)));
  folder->RemoveOthers("");
  return folder;
}

absl::StatusOr<std::string> WeightsFolder::Write(const WeightsId& version,
                                                 const PackedWeights& weights) {
  const std::string name = VersionName(version);
  const std::string whole = absl::StrCat(path_, "/", kWhole, name);
  const std::string unfinished = absl::StrCat(path_, "/", kUnfinished, name);
  absl::Status written = WriteInto(unfinished, weights);
  std::error_code error;
  if (written.ok()) {
    // An earlier learner may have published other weights under this name.
    fs::remove_all(whole, error);
    fs::rename(unfinished, whole, error);
    if (error) written = absl::UnavailableError(error.message());
  }
  if (written.ok()) return whole;
  fs::remove_all(unfinished, error);
  return absl::UnavailableError(
      absl::StrCat("weights version ", version.version, " can't be put into --weights-folder ",
                   path_, ": ", written.message(), "; make room there or give another folder"));
}

absl::Status WeightsFolder::WriteInto(const std::string& folder, const PackedWeights& weights) {
  HIR_ASSIGN_OR_RETURN(const std::string header, HeaderOf(weights));
  // Not copied behind its header: there may be no memory for the weights a second time.
  const std::string_view parts[] = {header, weights.bytes};
  HIR_RETURN_IF_ERROR(WriteFileAtomically(folder + "/model.safetensors", parts));
  return WriteFileAtomically(folder + "/config.json", config_);
}

void WeightsFolder::RemoveOthers(const std::string& kept) {
  std::vector<fs::path> old;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_, ignored)) {
    const std::string name = entry.path().filename();
    const bool ours = absl::StartsWith(name, kWhole) || absl::StartsWith(name, kUnfinished);
    if (ours && entry.path() != kept) old.push_back(entry.path());
  }
  for (const fs::path& path : old) fs::remove_all(path, ignored);
}

}  // namespace hir
