#include "cli/report.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/options.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/report/report.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kExamples = 4;

absl::StatusOr<std::vector<json>> ReadRecords(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(std::vector<RecordLine> lines, ReadRecordLines(path));
  std::vector<json> records;
  for (RecordLine& line : lines) records.push_back(std::move(line.object));
  return records;
}

// A missing file of a run is "nothing recorded yet"; a damaged one is an error.
absl::StatusOr<std::vector<json>> ReadOptionalRecords(const std::string& path) {
  if (!fs::exists(path)) return std::vector<json>();
  return ReadRecords(path);
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
    HIR_ASSIGN_OR_RETURN(const std::vector<json> records, ReadRecords(path));
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
  HIR_ASSIGN_OR_RETURN(run.metrics, ReadRecords(run_dir + "/metrics.jsonl"));
  HIR_ASSIGN_OR_RETURN(run.evals, ReadOptionalRecords(run_dir + "/eval.jsonl"));
  HIR_ASSIGN_OR_RETURN(run.replayed, ReadExamples(run_dir + "/rollouts"));
  if (const auto config = ReadFile(run_dir + "/config.yaml"); config.ok())
    run.config_yaml = *config;
  if (const auto text = ReadFile(run_dir + "/comparison.json"); text.ok()) {
    run.comparison = ParseJson(*text).value_or(json());
  }
  return run;
}

}  // namespace

absl::Status WriteReport(const std::string& run_dir) {
  HIR_ASSIGN_OR_RETURN(const RunRecord run, ReadRun(run_dir));
  return WriteFileAtomically(run_dir + "/report.html", RenderReport(run));
}

absl::Status RunReportCommand(absl::Span<const std::string> args) {
  const Options options(
      "hir report RUN",
      "Writes RUN/report.html: curves, held-out comparison and replayed failures of the run in\n"
      "folder RUN (for example runs/demo). `hir train` does it at its end; call it to look at a\n"
      "running one.");
  if (Options::WantsHelp(args)) {
    std::cout << options.Help();
    return absl::OkStatus();
  }
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, options.Parse(args));
  if (rest.size() != 1) {
    return absl::InvalidArgumentError("`hir report` takes one argument, the folder of a run.");
  }
  HIR_RETURN_IF_ERROR(WriteReport(rest[0]));
  std::cout << "wrote " << rest[0] << "/report.html\n";
  return absl::OkStatus();
}

}  // namespace hir
