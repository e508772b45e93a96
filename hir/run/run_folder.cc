#include "hir/run/run_folder.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "cli/json_lines.h"
#include "hir/evaluation/statistics.h"
#include "hir/base/file.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/config/run_extension.h"
#include "hir/config/schema.h"
#include "hir/domain/reward.h"
#include "hir/domain/verdict_json.h"
#include "hir/run/rollout_line.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

int64_t StepOf(const RecordLine& line) { return line.object.value("step", int64_t{-1}); }

// Whether a file of JSON lines has one with that step.
bool HasStep(const std::string& file, int64_t step) {
  const absl::StatusOr<std::vector<RecordLine>> lines = ReadRecordLines(file);
  if (!lines.ok()) return false;
  return std::any_of(lines->begin(), lines->end(),
                     [step](const RecordLine& line) { return StepOf(line) == step; });
}

// Removes the files step_NNNNNN.jsonl of `folder` whose number is above `step`.
void RemoveStepsAfter(const std::string& folder, int64_t step) {
  std::vector<fs::path> later;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().stem();
    absl::string_view number = name;
    int64_t found = 0;
    if (absl::ConsumePrefix(&number, "step_") && absl::SimpleAtoi(number, &found) && found > step) {
      later.push_back(entry.path());
    }
  }
  for (const fs::path& path : later) fs::remove(path, ignored);
}

// The same prompts before and after.
struct Comparison {
  std::string metric;
  double before = 0;
  double after = 0;
  Interval change;
};

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

using EvalVerdicts = std::vector<std::vector<Verdict>>;  // By prompt.

// `value_of` is what a prompt's verdicts are worth.
Comparison Compare(const std::string& metric, const EvalVerdicts& before, const EvalVerdicts& after,
                   double (*value_of)(const std::vector<Verdict>&)) {
  std::vector<double> first(before.size()), last(after.size());
  std::transform(before.begin(), before.end(), first.begin(), value_of);
  std::transform(after.begin(), after.end(), last.begin(), value_of);
  return {metric, Mean(first), Mean(last), PairedDifference(first, last)};
}

nlohmann::ordered_json ToJson(const Comparison& c) {
  return {{"metric", c.metric},           {"before", c.before},  {"after", c.after},
          {"difference", c.change.value}, {"low", c.change.low}, {"high", c.change.high}};
}

std::string Sentence(const Comparison& c) {
  const bool noise = c.change.low <= 0 && c.change.high >= 0;
  return absl::StrFormat(
      "%s: %.1f %% before, %.1f %% after; difference %+.1f points, 95 %% interval [%+.1f, %+.1f] "
      "(%s)",
      c.metric, 100 * c.before, 100 * c.after, 100 * c.change.value, 100 * c.change.low,
      100 * c.change.high, noise ? "could be noise" : "more than noise");
}

}  // namespace

RunFolder::RunFolder(const RunConfig& config)
    : path_(absl::StrCat(config.output_dir, "/", config.name)) {}

std::string RunFolder::RolloutsPath(int64_t step) const {
  return absl::StrFormat("%s/rollouts/step_%06d.jsonl", path_, step);
}

std::string RunFolder::EvalPath(int64_t step) const {
  return absl::StrFormat("%s/eval/step_%06d.jsonl", path_, step);
}

absl::Status RunFolder::SaveConfig(const RunConfig& config) const {
  const std::string file = absl::StrCat(path_, "/config.yaml");
  const std::string yaml = ToYaml(config);
  const absl::StatusOr<std::string> before = ReadFile(file);
  if (before.ok() && *before != yaml) {
    if (fs::exists(absl::StrCat(path_, "/metrics.jsonl"))) {
      const absl::StatusOr<RunConfig> old = ParseRunConfig(*before);
      const absl::Status extends = old.ok() ? CheckExtends(*old, config) : old.status();
      if (extends.ok()) return WriteFileAtomically(file, yaml);
      return absl::FailedPreconditionError(
          absl::StrCat(path_, " holds a run with another configuration (", extends.message(),
                       "); choose another name, or remove the folder to start afresh."));
    }
    // Nothing was learned yet, so nothing is worth keeping.
    std::error_code ignored;
    for (const char* part : {"redis", "rollouts", "eval", "eval.jsonl"}) {
      fs::remove_all(absl::StrCat(path_, "/", part), ignored);
    }
  }
  return WriteFileAtomically(file, yaml);
}

bool RunFolder::HasRollouts(int64_t step) const { return EndsWhole(RolloutsPath(step)); }

absl::Status RunFolder::SaveRollouts(int64_t step,
                                     const std::vector<replay::v1::RolloutRecord>& records) const {
  std::string lines;
  for (const replay::v1::RolloutRecord& record : records) {
    lines += ToLine(RolloutJson(ToRolloutLine(record)));
  }
  return WriteFileAtomically(RolloutsPath(step), lines);
}

absl::Status RunFolder::SaveMetrics(const learner::v1::StepReport& report) const {
  const std::string file = absl::StrCat(path_, "/metrics.jsonl");
  if (HasStep(file, report.step())) return absl::OkStatus();
  nlohmann::ordered_json line;
  line["step"] = report.step();
  if (!report.batch_digest().empty()) line["batch_digest"] = report.batch_digest();
  const std::map<std::string, double> sorted(report.metrics().begin(), report.metrics().end());
  for (const auto& [name, value] : sorted) line[name] = value;
  return AppendRecordLine(file, ToLine(line));
}

bool RunFolder::HasEval(int64_t step) const {
  return HasStep(absl::StrCat(path_, "/eval.jsonl"), step) && EndsWhole(EvalPath(step));
}

absl::StatusOr<int64_t> RunFolder::StepsTrained() const {
  const auto lines = ReadRecordLines(absl::StrCat(path_, "/metrics.jsonl"));
  if (absl::IsNotFound(lines.status())) return 0;
  HIR_RETURN_IF_ERROR(lines.status());
  int64_t last = 0;
  for (const RecordLine& line : *lines) last = std::max(last, StepOf(line));
  return last;
}

absl::Status RunFolder::ForgetStepsAfter(int64_t step) const {
  RemoveStepsAfter(absl::StrCat(path_, "/rollouts"), step);
  RemoveStepsAfter(absl::StrCat(path_, "/eval"), step);
  const std::string file = absl::StrCat(path_, "/eval.jsonl");
  const auto lines = ReadRecordLines(file);
  if (absl::IsNotFound(lines.status())) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(lines.status());
  std::string kept;
  for (const RecordLine& line : *lines) {
    if (StepOf(line) <= step) kept += ToLine(line.object);
  }
  return WriteFileAtomically(file, kept);
}

absl::Status RunFolder::SetLedgerAside() const {
  const fs::path ledger = absl::StrCat(path_, "/redis");
  std::error_code error;
  if (!fs::exists(ledger, error)) return absl::OkStatus();
  int number = 1;
  while (fs::exists(absl::StrCat(ledger.string(), ".lost.", number), error)) ++number;
  fs::rename(ledger, absl::StrCat(ledger.string(), ".lost.", number), error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(ledger.string(), " can't be set aside: ", error.message(), "."));
}

absl::Status RunFolder::SaveEval(int64_t step, const std::vector<InstructionRecord>& records,
                                 const std::vector<EvalOutcome>& outcomes) const {
  std::string lines;
  for (size_t i = 0; i < records.size(); ++i)
    lines += ToLine(OutcomeRecord(records[i], outcomes[i]));
  HIR_RETURN_IF_ERROR(WriteFileAtomically(EvalPath(step), lines));
  nlohmann::ordered_json line;
  line["step"] = step;
  AddSummary(Summarise(outcomes), line);
  return AppendRecordLine(absl::StrCat(path_, "/eval.jsonl"), ToLine(line));
}

absl::StatusOr<std::vector<std::vector<Verdict>>> RunFolder::ReadVerdicts(int64_t step) const {
  HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> lines, ReadRecordLines(EvalPath(step)));
  std::vector<std::vector<Verdict>> verdicts;
  for (const RecordLine& line : lines) {
    verdicts.push_back(ReadVerdictList(line.object.value("strict", nlohmann::json())));
  }
  return verdicts;
}

absl::StatusOr<std::string> RunFolder::SaveComparison(int64_t before, int64_t after) const {
  HIR_ASSIGN_OR_RETURN(const EvalVerdicts first, ReadVerdicts(before));
  HIR_ASSIGN_OR_RETURN(const EvalVerdicts last, ReadVerdicts(after));
  if (first.size() != last.size() || first.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("the evaluations of steps ", before, " and ",
                                                      after, " are not of the same prompts."));
  }
  const Comparison prompts = Compare(
      "held-out prompts met strictly", first, last,
      [](const std::vector<Verdict>& verdicts) { return 1.0 * RewardOf(verdicts).value_or(0); });
  const Comparison constraints =
      Compare("constraints of a held-out prompt met", first, last,
              [](const std::vector<Verdict>& verdicts) { return ConstraintAccuracy(verdicts); });
  nlohmann::ordered_json record = {{"prompts", first.size()},
                                   {"before_step", before},
                                   {"after_step", after},
                                   {"method", "paired bootstrap over prompts, 95 %"}};
  record["comparisons"] = {ToJson(prompts), ToJson(constraints)};
  HIR_RETURN_IF_ERROR(
      WriteFileAtomically(absl::StrCat(path_, "/comparison.json"), record.dump(2) + "\n"));
  return absl::StrCat(Sentence(prompts), "\n", Sentence(constraints), "\n(differences paired over ",
                      first.size(), " prompts)");
}

std::string RunFolder::NewestCheckpoint() const {
  std::string newest;
  int64_t newest_step = -1;
  std::error_code none_yet;
  for (const auto& entry : fs::directory_iterator(absl::StrCat(path_, "/checkpoints"), none_yet)) {
    const std::string name = entry.path().filename();
    int64_t step = 0;
    absl::string_view number = name;
    if (!absl::ConsumePrefix(&number, "global_step_") || !absl::SimpleAtoi(number, &step)) continue;
    if (step > newest_step) {
      newest_step = step;
      newest = entry.path();
    }
  }
  return newest;
}

}  // namespace hir
