#include "hir/run/paths.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

// TensorBoard takes a file with "tfevents" in its name for one of its own.
constexpr std::string_view kEventFile = "events.out.tfevents.";

std::string FileOfStep(int64_t step) { return absl::StrFormat("step_%06d.jsonl", step); }
std::string CheckpointOfStep(int64_t step) { return absl::StrCat("global_step_", step); }

// The steps, rising, after which something in `folder` is called.
std::vector<int64_t> StepsIn(const std::string& folder, std::string (*name_of)(int64_t step)) {
  std::vector<int64_t> steps;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename();
    const size_t digits = name.find_first_of("0123456789");
    if (digits == std::string::npos) continue;
    const size_t end = name.find_first_not_of("0123456789", digits);
    int64_t step = 0;
    // What is called otherwise, such as a checkpoint that is being written, is not one of a step.
    if (absl::SimpleAtoi(name.substr(digits, end - digits), &step) && name_of(step) == name) {
      steps.push_back(step);
    }
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace

std::string ConfigPath(const std::string& run_dir) { return run_dir + "/config.yaml"; }
std::string MetricsPath(const std::string& run_dir) { return run_dir + "/metrics.jsonl"; }
std::string ComparisonPath(const std::string& run_dir) { return run_dir + "/comparison.json"; }
std::string RolloutsFolder(const std::string& run_dir) { return run_dir + "/rollouts"; }
std::string CheckpointsFolder(const std::string& run_dir) { return run_dir + "/checkpoints"; }
std::string LedgerFolder(const std::string& run_dir) { return run_dir + "/redis"; }

std::string RolloutsPath(const std::string& run_dir, int64_t step) {
  return absl::StrCat(RolloutsFolder(run_dir), "/", FileOfStep(step));
}

std::string EvaluationsPath(const std::string& run_dir, const std::string& suite) {
  return suite.empty() ? run_dir + "/eval.jsonl"
                       : EvaluationsFolder(run_dir, suite) + "/eval.jsonl";
}

std::string EvaluationsFolder(const std::string& run_dir, const std::string& suite) {
  return suite.empty() ? run_dir + "/eval" : absl::StrCat(run_dir, "/eval/", suite);
}

std::string EvaluationPath(const std::string& run_dir, int64_t step, const std::string& suite) {
  return absl::StrCat(EvaluationsFolder(run_dir, suite), "/", FileOfStep(step));
}

std::vector<std::string> EvaluatedSuites(const std::string& run_dir) {
  std::vector<std::string> suites;
  std::error_code none;
  if (fs::exists(EvaluationsPath(run_dir), none)) suites.emplace_back();
  for (const auto& entry : fs::directory_iterator(EvaluationsFolder(run_dir), none)) {
    const std::string name = entry.path().filename();
    if (fs::exists(EvaluationsPath(run_dir, name), none)) suites.push_back(name);
  }
  std::sort(suites.begin(), suites.end());
  return suites;
}

std::string BestCheckpointPath(const std::string& run_dir) {
  return CheckpointsFolder(run_dir) + "/best";
}

std::string CheckpointPath(const std::string& run_dir, int64_t step) {
  return absl::StrCat(CheckpointsFolder(run_dir), "/", CheckpointOfStep(step));
}

std::vector<std::string> EventFiles(const std::string& run_dir) {
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run_dir, none)) {
    if (entry.path().filename().string().starts_with(kEventFile)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string NewEventFile(const std::string& run_dir, int64_t now) {
  const std::vector<std::string> files = EventFiles(run_dir);
  if (!files.empty()) {
    const std::string name = fs::path(files.back()).filename().string().substr(kEventFile.size());
    int64_t newest = 0;
    // A clock that was set back, or two starts within a second.
    if (absl::SimpleAtoi(name.substr(0, name.find('.')), &newest)) now = std::max(now, newest + 1);
  }
  char host[256] = "localhost";
  (void)gethostname(host, sizeof(host) - 1);
  return absl::StrCat(run_dir, "/", std::string(kEventFile), absl::StrFormat("%010d.", now), host);
}

std::vector<int64_t> StepsOfFiles(const std::string& folder) { return StepsIn(folder, FileOfStep); }

std::vector<int64_t> CheckpointSteps(const std::string& run_dir) {
  return StepsIn(CheckpointsFolder(run_dir), CheckpointOfStep);
}

}  // namespace hir
