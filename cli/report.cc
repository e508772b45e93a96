#include "cli/report.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/report/report.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kExamples = 4;

constexpr char kHelp[] =
    "usage: hir report RUN\n\n"
    "Writes RUN/report.html: curves, held-out comparison and replayed failures of the run in "
    "folder\n"
    "RUN (for example runs/demo). `hir train` does it at its end; call it to look at a running "
    "one.\n";

absl::StatusOr<std::vector<json>> ReadJsonLines(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<json> records;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    json record = json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
    if (!record.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": not a JSON object"));
    }
    records.push_back(std::move(record));
  }
  return records;
}

// A missing file of a run is "nothing recorded yet"; a damaged one is an error.
absl::StatusOr<std::vector<json>> ReadOptionalJsonLines(const std::string& path) {
  if (!fs::exists(path)) return std::vector<json>();
  return ReadJsonLines(path);
}

// Replayed responses of the newest step that has some.
absl::StatusOr<std::vector<json>> ReadExamples(const std::string& rollouts_dir) {
  std::vector<std::string> paths;
  std::error_code missing_folder;
  for (const auto& entry : fs::directory_iterator(rollouts_dir, missing_folder)) {
    if (entry.path().extension() == ".jsonl") paths.push_back(entry.path());
  }
  std::sort(paths.rbegin(), paths.rend());
  std::vector<json> examples;
  for (const std::string& path : paths) {
    HIR_ASSIGN_OR_RETURN(const std::vector<json> records, ReadJsonLines(path));
    for (const json& record : records) {
      if (examples.size() < kExamples && record.value("replayed", false))
        examples.push_back(record);
    }
    if (!examples.empty()) break;
  }
  return examples;
}

absl::StatusOr<RunRecord> ReadRun(const std::string& run_dir) {
  RunRecord run;
  run.name = fs::path(run_dir).lexically_normal().filename();
  if (run.name.empty()) run.name = fs::path(run_dir).lexically_normal().parent_path().filename();
  HIR_ASSIGN_OR_RETURN(run.metrics, ReadJsonLines(run_dir + "/metrics.jsonl"));
  HIR_ASSIGN_OR_RETURN(run.evals, ReadOptionalJsonLines(run_dir + "/eval.jsonl"));
  HIR_ASSIGN_OR_RETURN(run.replayed, ReadExamples(run_dir + "/rollouts"));
  if (const auto config = ReadFile(run_dir + "/config.yaml"); config.ok())
    run.config_yaml = *config;
  if (const auto text = ReadFile(run_dir + "/comparison.json"); text.ok()) {
    run.comparison = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  }
  return run;
}

}  // namespace

absl::Status WriteReport(const std::string& run_dir) {
  HIR_ASSIGN_OR_RETURN(const RunRecord run, ReadRun(run_dir));
  return WriteFileAtomically(run_dir + "/report.html", RenderReport(run));
}

absl::Status RunReportCommand(absl::Span<const std::string> args) {
  if (args.size() == 1 && args[0] == "--help") {
    std::cout << kHelp;
    return absl::OkStatus();
  }
  if (args.size() != 1 || args[0].empty() || args[0][0] == '-') {
    return absl::InvalidArgumentError("`hir report` takes one argument, the folder of a run");
  }
  HIR_RETURN_IF_ERROR(WriteReport(args[0]));
  std::cout << "wrote " << args[0] << "/report.html\n";
  return absl::OkStatus();
}

}  // namespace hir
