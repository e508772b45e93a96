#include "hir/supervisor/rollout_workers.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/http/api_key.h"
#include "hir/http/server_url.h"

namespace hir {
namespace {

absl::Status CheckUrls(const std::vector<std::string>& urls) {
  std::set<std::string> seen;
  for (const std::string& url : urls) {
    const absl::StatusOr<std::string> normal = NormalServerUrl(url);
    if (!normal.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--engine-url: ", normal.status().message(), "."));
    }
    if (!seen.insert(*normal).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--engine-url has ", *normal, " twice; each worker needs a vLLM server of its own."));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKey(const std::string& file) {
  const absl::Status status = ReadApiKey("--engine-api-key-file", file).status();
  return status.ok() ? status : absl::Status(status.code(), absl::StrCat(status.message(), "."));
}

}  // namespace

absl::Status Validate(const RolloutWorkers& workers) {
  if (workers.count < 1 || workers.count > kMostRolloutWorkers) {
    return absl::InvalidArgumentError(absl::StrCat("--workers is ", workers.count,
                                                   "; it must be 1 to ", kMostRolloutWorkers, "."));
  }
  HIR_RETURN_IF_ERROR(CheckUrls(workers.engine_urls));
  const size_t urls = workers.engine_urls.size();
  if (urls > 0 && urls != static_cast<size_t>(workers.count)) {
    return absl::InvalidArgumentError(absl::StrCat("--workers is ", workers.count,
                                                   " but --engine-url has ", urls,
                                                   urls == 1 ? " server" : " servers",
                                                   "; leave out --workers, or name one "
                                                   "server for each worker."));
  }
  if (urls == 0 && !workers.weights_folder.empty()) {
    return absl::InvalidArgumentError(
        "--weights-folder is for the vLLM servers that --engine-url names; give both or neither.");
  }
  if (urls == 0 && !workers.engine_api_key_file.empty()) {
    return absl::InvalidArgumentError(
        "--engine-api-key-file is for the vLLM servers that --engine-url names; give both or "
        "neither.");
  }
  return CheckKey(workers.engine_api_key_file);
}

std::vector<PlacedWorker> PlaceWorkers(const RolloutWorkers& workers,
                                       absl::Span<const std::string> gpus,
                                       const std::string& run_dir) {
  namespace fs = std::filesystem;
  const fs::path weights = workers.weights_folder.empty() ? fs::path(run_dir) / "weights"
                                                          : fs::absolute(workers.weights_folder);
  std::vector<PlacedWorker> placed(workers.count);
  for (int i = 0; i < workers.count; ++i) {
    PlacedWorker& worker = placed[i];
    worker.key = i == 0 ? "rollout" : absl::StrCat("rollout-", i);
    worker.name = absl::StrCat("hir-", worker.key);
    if (!workers.engine_urls.empty()) {
      worker.weights_folder = (weights / worker.key).lexically_normal();
      worker.flags = {"--engine=vllm", absl::StrCat("--engine-url=", workers.engine_urls[i]),
                      absl::StrCat("--weights-folder=", worker.weights_folder)};
      if (!workers.engine_api_key_file.empty()) {
        worker.flags.push_back(absl::StrCat("--engine-api-key-file=", workers.engine_api_key_file));
      }
    } else if (workers.count > 1) {
      const int places = std::max(1, static_cast<int>(gpus.size()));
      if (!gpus.empty()) worker.gpu = gpus[i % places];
      // Those numbered i modulo the places.
      const int sharers = (workers.count - i % places + places - 1) / places;
      worker.flags = {absl::StrCat("--cache-sharers=", sharers)};
    }
  }
  return placed;
}

}  // namespace hir
