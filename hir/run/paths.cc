#include "hir/run/paths.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

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
std::string EvaluationsPath(const std::string& run_dir) { return run_dir + "/eval.jsonl"; }
std::string ComparisonPath(const std::string& run_dir) { return run_dir + "/comparison.json"; }
std::string RolloutsFolder(const std::string& run_dir) { return run_dir + "/rollouts"; }
std::string EvaluationsFolder(const std::string& run_dir) { return run_dir + "/eval"; }
std::string CheckpointsFolder(const std::string& run_dir) { return run_dir + "/checkpoints"; }
std::string LedgerFolder(const std::string& run_dir) { return run_dir + "/redis"; }

std::string RolloutsPath(const std::string& run_dir, int64_t step) {
  return absl::StrCat(RolloutsFolder(run_dir), "/", FileOfStep(step));
}

std::string EvaluationPath(const std::string& run_dir, int64_t step) {
  return absl::StrCat(EvaluationsFolder(run_dir), "/", FileOfStep(step));
}

std::string CheckpointPath(const std::string& run_dir, int64_t step) {
  return absl::StrCat(CheckpointsFolder(run_dir), "/", CheckpointOfStep(step));
}

std::vector<int64_t> StepsOfFiles(const std::string& folder) { return StepsIn(folder, FileOfStep); }

std::vector<int64_t> CheckpointSteps(const std::string& run_dir) {
  return StepsIn(CheckpointsFolder(run_dir), CheckpointOfStep);
}

}  // namespace hir
