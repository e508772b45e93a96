#include "hir/dashboard/run_files.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/file.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kRolloutPrefix = "step_";

// The whole lines of a file; none when it is not there.
absl::StatusOr<json> ReadLines(const std::string& path) {
  json lines = json::array();
  absl::StatusOr<std::vector<RecordLine>> records = ReadRecordLines(path);
  if (absl::IsNotFound(records.status())) return lines;
  HIR_RETURN_IF_ERROR(records.status());
  for (RecordLine& record : *records) lines.push_back(std::move(record.object));
  return lines;
}

}  // namespace

std::string RunFiles::name() const {
  const fs::path path = fs::absolute(folder_).lexically_normal();
  return path.has_filename() ? path.filename() : path.parent_path().filename();
}

absl::StatusOr<json> RunFiles::Overview(int64_t after_step) const {
  json overview = {{"name", name()}};
  overview["config"] = "";
  std::error_code missing;
  if (const std::string config = folder_ + "/config.yaml"; fs::exists(config, missing)) {
    HIR_ASSIGN_OR_RETURN(overview["config"], ReadFile(config));
  }
  HIR_ASSIGN_OR_RETURN(json metrics, ReadLines(folder_ + "/metrics.jsonl"));
  json& news = overview["metrics"] = json::array();
  for (json& line : metrics) {
    if (line.value("step", int64_t{0}) > after_step) news.push_back(std::move(line));
  }
  HIR_ASSIGN_OR_RETURN(overview["evals"], ReadLines(folder_ + "/eval.jsonl"));

  std::vector<int64_t> steps;
  for (const auto& entry : fs::directory_iterator(folder_ + "/rollouts", missing)) {
    const std::string stem = entry.path().stem();
    int64_t step = 0;
    if (entry.path().extension() == ".jsonl" && stem.rfind(kRolloutPrefix, 0) == 0 &&
        absl::SimpleAtoi(stem.substr(kRolloutPrefix.size()), &step)) {
      steps.push_back(step);
    }
  }
  std::sort(steps.begin(), steps.end());
  overview["rollout_steps"] = steps;
  return overview;
}

absl::StatusOr<json> RunFiles::Rollouts(int64_t step) const {
  const std::string path =
      absl::StrFormat("%s/rollouts/%s%06d.jsonl", folder_, std::string(kRolloutPrefix), step);
  std::error_code missing;
  if (!fs::exists(path, missing)) {
    return absl::NotFoundError(absl::StrCat("step ", step, " has no responses in ", folder_));
  }
  HIR_ASSIGN_OR_RETURN(json records, ReadLines(path));
  for (json& record : records) {
    for (const char* tokens : {"prompt_token_ids", "token_ids", "logprobs", "weights"}) {
      record.erase(tokens);
    }
  }
  return records;
}

}  // namespace hir
