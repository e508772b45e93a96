#include "hir/run/run_files.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/run/format.h"
#include "hir/run/paths.h"
#include "hir/run/run_lines.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The lines of a file whose steps are above `after_step`.
absl::StatusOr<json> ReadSteps(const std::string& path, int64_t after_step) {
  HIR_ASSIGN_OR_RETURN(std::vector<StepLine> lines, ReadStepLines(path));
  json records = json::array();
  for (StepLine& line : lines) {
    if (line.step > after_step) records.push_back(std::move(line.object));
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
  HIR_RETURN_IF_ERROR(CheckRunFormat(folder_));
  json overview = {{"name", name()}};
  overview["config"] = "";
  std::error_code missing;
  if (const std::string config = ConfigPath(folder_); fs::exists(config, missing)) {
    HIR_ASSIGN_OR_RETURN(overview["config"], ReadFile(config));
  }
  HIR_ASSIGN_OR_RETURN(overview["metrics"], ReadSteps(MetricsPath(folder_), after_step));
  HIR_ASSIGN_OR_RETURN(overview["evals"], ReadSteps(EvaluationsPath(folder_), -1));
  HIR_ASSIGN_OR_RETURN(overview["comparison"], ReadDocument(ComparisonPath(folder_)));
  overview["rollout_steps"] = StepsOfFiles(RolloutsFolder(folder_));
  return overview;
}

absl::StatusOr<json> RunFiles::Rollouts(int64_t step) const {
  HIR_RETURN_IF_ERROR(CheckRunFormat(folder_));
  const std::string path = RolloutsPath(folder_, step);
  std::error_code missing;
  if (!fs::exists(path, missing)) {
    return absl::NotFoundError(absl::StrCat("step ", step, " has no responses in ", folder_));
  }
  HIR_ASSIGN_OR_RETURN(std::vector<RecordLine> lines, ReadRunLines(path));
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
