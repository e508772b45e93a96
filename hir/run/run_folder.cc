#include "hir/run/run_folder.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/config/run_extension.h"
#include "hir/config/schema.h"
#include "hir/run/format.h"
#include "hir/run/metrics_log.h"
#include "hir/run/paths.h"
#include "hir/run/rollout_line.h"
#include "hir/run/run_lines.h"

namespace hir {
namespace fs = std::filesystem;

RunFolder::RunFolder(const RunConfig& config)
    : path_(absl::StrCat(config.output_dir, "/", config.name)) {}

absl::Status RunFolder::SaveConfig(const RunConfig& config) const {
  HIR_RETURN_IF_ERROR(ClaimRunFolder(path_));
  const std::string yaml = ToYaml(config);
  const absl::StatusOr<std::string> before = ReadFile(ConfigPath(path_));
  if (before.ok() && *before != yaml) {
    if (fs::exists(MetricsPath(path_))) {
      const absl::StatusOr<RunConfig> old = ParseRunConfig(*before);
      const absl::Status extends = old.ok() ? CheckExtends(*old, config) : old.status();
      if (extends.ok()) return WriteFileAtomically(ConfigPath(path_), yaml);
      return absl::FailedPreconditionError(
          absl::StrCat(path_, " holds a run with another configuration (", extends.message(),
                       "); choose another name, or remove the folder to start afresh."));
    }
    // Nothing was learned yet, so nothing is worth keeping.
    std::error_code ignored;
    for (const std::string& part : {LedgerFolder(path_), RolloutsFolder(path_),
                                    EvaluationsFolder(path_), EvaluationsPath(path_)}) {
      fs::remove_all(part, ignored);
    }
    for (const std::string& events : EventFiles(path_)) fs::remove(events, ignored);
  }
  return WriteFileAtomically(ConfigPath(path_), yaml);
}

bool RunFolder::HasRollouts(int64_t step) const { return EndsWhole(RolloutsPath(path_, step)); }

absl::Status RunFolder::SaveRollouts(int64_t step,
                                     const std::vector<replay::v1::RolloutRecord>& records) const {
  std::string lines;
  for (const replay::v1::RolloutRecord& record : records) {
    lines += ToLine(RolloutJson(ToRolloutLine(record)));
  }
  return WriteFileAtomically(RolloutsPath(path_, step), lines);
}

absl::Status RunFolder::SaveMetrics(const learner::v1::StepReport& report) const {
  MetricsLog log(MetricsPath(path_));
  // A learner that resumes reports its checkpoint's step again.
  HIR_ASSIGN_OR_RETURN(const bool has, log.Has(report.step()));
  if (has) return absl::OkStatus();
  return log.Append(report.step(), report.batch_digest(),
                    {report.metrics().begin(), report.metrics().end()});
}

std::set<int64_t> RunFolder::EvaluatedSteps(const std::string& suite) const {
  std::set<int64_t> steps;
  const absl::StatusOr<std::vector<StepLine>> lines = ReadStepLines(EvaluationsPath(path_, suite));
  if (!lines.ok()) return steps;
  for (const StepLine& line : *lines) steps.insert(line.step);
  return steps;
}

bool RunFolder::HasEvaluation(int64_t step, const std::string& suite) const {
  return EvaluatedSteps(suite).contains(step) && EndsWhole(EvaluationPath(path_, step, suite));
}

absl::StatusOr<std::map<int64_t, double>> RunFolder::Scores(const std::string& suite,
                                                            const std::string& name) const {
  HIR_ASSIGN_OR_RETURN(const std::vector<StepLine> lines,
                       ReadStepLines(EvaluationsPath(path_, suite)));
  std::map<int64_t, double> scores;
  for (const StepLine& line : lines) {
    const auto score = line.object.find(name);
    if (score != line.object.end() && score->is_number()) {
      scores[line.step] = score->get<double>();
    }
  }
  return scores;
}

absl::Status RunFolder::SaveEvaluation(int64_t step, const std::string& outcome_lines,
                                       const EvalSummary& summary) const {
  HIR_RETURN_IF_ERROR(
      WriteFileAtomically(EvaluationPath(path_, step, summary.suite), outcome_lines));
  return AppendRecordLine(EvaluationsPath(path_, summary.suite),
                          ToLine(SummaryJson(step, summary)));
}

absl::StatusOr<std::vector<std::vector<Verdict>>> RunFolder::ReadVerdicts(int64_t step) const {
  return ReadStrictVerdicts(EvaluationPath(path_, step));
}

absl::Status RunFolder::SaveComparison(const Comparison& comparison) const {
  return WriteFileAtomically(ComparisonPath(path_), ComparisonJson(comparison).dump(2) + "\n");
}

absl::StatusOr<int64_t> RunFolder::StepsTrained() const {
  return MetricsLog(MetricsPath(path_)).LastStep();
}

absl::Status RunFolder::ForgetStepsAfter(int64_t step) const {
  std::error_code ignored;
  for (const int64_t later : StepsOfFiles(RolloutsFolder(path_))) {
    if (later > step) fs::remove(RolloutsPath(path_, later), ignored);
  }
  for (const std::string& suite : EvaluatedSuites(path_)) {
    for (const int64_t later : StepsOfFiles(EvaluationsFolder(path_, suite))) {
      if (later > step) fs::remove(EvaluationPath(path_, later, suite), ignored);
    }
    HIR_ASSIGN_OR_RETURN(const std::vector<StepLine> lines,
                         ReadStepLines(EvaluationsPath(path_, suite)));
    std::string kept;
    for (const StepLine& line : lines) {
      if (line.step <= step) kept += ToLine(line.object);
    }
    HIR_RETURN_IF_ERROR(WriteFileAtomically(EvaluationsPath(path_, suite), kept));
  }
  return absl::OkStatus();
}

absl::Status RunFolder::SetLedgerAside() const {
  const std::string ledger = LedgerFolder(path_);
  std::error_code error;
  if (!fs::exists(ledger, error)) return absl::OkStatus();
  int number = 1;
  while (fs::exists(absl::StrCat(ledger, ".lost.", number), error)) ++number;
  fs::rename(ledger, absl::StrCat(ledger, ".lost.", number), error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(ledger, " can't be set aside: ", error.message(), "."));
}

std::string RunFolder::NewestCheckpoint() const {
  const std::vector<int64_t> steps = CheckpointSteps(path_);
  return steps.empty() ? "" : CheckpointPath(path_, steps.back());
}

std::string RunFolder::BestCheckpoint() const {
  std::error_code error;
  const fs::path target = fs::read_symlink(BestCheckpointPath(path_), error);
  return error ? "" : absl::StrCat(CheckpointsFolder(path_), "/", target.string());
}

absl::StatusOr<RunConfig> ReadRunConfig(const std::string& run_dir) {
  HIR_RETURN_IF_ERROR(CheckRunFormat(run_dir));
  std::error_code error;
  if (!fs::exists(ConfigPath(run_dir), error)) {
    return absl::NotFoundError(
        absl::StrCat(run_dir, " is not the folder of a run: it has no config.yaml."));
  }
  HIR_ASSIGN_OR_RETURN(RunConfig config, LoadRunConfig(ConfigPath(run_dir)));
  const fs::path folder = fs::absolute(run_dir + "/").lexically_normal().parent_path();
  config.output_dir = folder.parent_path();
  config.name = folder.filename();
  return config;
}

}  // namespace hir
