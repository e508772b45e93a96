#include "hir/run/run_files.h"

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
#include "hir/base/json.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kRolloutPrefix = "step_";

// The whole lines of a file; none when it is not there.
absl::StatusOr<std::vector<RecordLine>> ReadLines(const std::string& path) {
  absl::StatusOr<std::vector<RecordLine>> lines = ReadRecordLines(path);
  if (absl::IsNotFound(lines.status())) return std::vector<RecordLine>();
  if (absl::IsInvalidArgument(lines.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat(lines.status().message(), "; repair that line or remove it"));
  }
  return lines;
}

// The lines of a file whose steps are above `after_step`.
absl::StatusOr<json> ReadSteps(const std::string& path, int64_t after_step) {
  HIR_ASSIGN_OR_RETURN(std::vector<RecordLine> lines, ReadLines(path));
  json records = json::array();
  for (RecordLine& line : lines) {
    const auto step = line.object.find("step");
    if (step == line.object.end() || !step->is_number_integer()) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ":", line.number,
          ": the line has no `step`, which must be a whole number; repair that line or remove it"));
    }
    if (step->get<int64_t>() > after_step) records.push_back(std::move(line.object));
  }
  return records;
}

// A file of one JSON value; null when it is not there.
absl::StatusOr<json> ReadDocument(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return json();
  HIR_RETURN_IF_ERROR(text.status());
  absl::StatusOr<json> document = ParseJson(*text);
  if (document.ok()) return document;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", document.status().message(), "; repair that file or remove it"));
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
  HIR_ASSIGN_OR_RETURN(overview["metrics"], ReadSteps(folder_ + "/metrics.jsonl", after_step));
  HIR_ASSIGN_OR_RETURN(overview["evals"], ReadSteps(folder_ + "/eval.jsonl", -1));
  HIR_ASSIGN_OR_RETURN(overview["comparison"], ReadDocument(folder_ + "/comparison.json"));

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
  HIR_ASSIGN_OR_RETURN(std::vector<RecordLine> lines, ReadLines(path));
  json records = json::array();
  for (RecordLine& line : lines) {
    for (const char* tokens : {"prompt_token_ids", "token_ids", "logprobs", "weights"}) {
      line.object.erase(tokens);
    }
    records.push_back(std::move(line.object));
  }
  return records;
}

}  // namespace hir
