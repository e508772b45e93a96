#include "hir/evaluation/rescore.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/score.h"
#include "hir/domain/reward.h"
#include "hir/run/format.h"
#include "hir/run/paths.h"
#include "hir/run/rollout_line.h"
#include "hir/text/reasoning.h"

namespace hir {
namespace {

constexpr const char* kLineFields[] = {"step", "task", "sample", "text", "constraints"};
constexpr const char* kConstraintFields[] = {"kind", "verdict"};

// Adds one stored response.
absl::Status Add(const RolloutLine& line, const CheckerRegistry& registry, RescoreResult& result) {
  const ResponseText text =
      ResponseText::FromUtf8(AnswerOf(line.response.text, line.reasoning_end));
  const std::vector<Verdict> before = VerdictsOf(line.verdicts);
  std::vector<Verdict> after = before;
  for (size_t i = 0; i < before.size(); ++i) {
    const Constraint& constraint = line.instruction.constraints[i];
    HIR_ASSIGN_OR_RETURN(const std::unique_ptr<Checker> checker,
                         registry.Create(constraint.kind, constraint.arguments));
    ++result.constraints;
    if (registry.IsRemote(constraint.kind)) {
      ++result.waiting;
    } else {
      after[i] = CheckText(*checker, text).verdict;
    }
    if (before[i] == after[i]) continue;
    result.changed.push_back(
        {line.step, line.id.task, line.id.sample, constraint.kind, before[i], after[i]});
  }
  ++result.responses;
  ++result.before[line.verifier_build.empty() ? "(not named)" : line.verifier_build];
  result.rewards += (RewardOf(before) == 1) != (RewardOf(after) == 1);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RescoreResult> Rescore(const std::string& run, const CheckerRegistry& registry) {
  RescoreResult result;
  result.build = registry.build();
  HIR_RETURN_IF_ERROR(CheckRunFormat(run));
  const std::vector<int64_t> steps = StepsOfFiles(RolloutsFolder(run));
  if (steps.empty()) {
    return absl::NotFoundError(
        absl::StrCat(run, " has no rollouts/*.jsonl; name the folder of a run, e.g. runs/demo."));
  }
  for (const int64_t step : steps) {
    const std::string file = RolloutsPath(run, step);
    HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> lines, ReadRecordLines(file));
    for (const RecordLine& line : lines) {
      const absl::StatusOr<RolloutLine> rollout =
          ReadRolloutLine(line.object, {kLineFields, kConstraintFields});
      const absl::Status status = rollout.ok() ? Add(*rollout, registry, result) : rollout.status();
      if (!status.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(file, ":", line.number, ": ", status.message()));
      }
    }
  }
  return result;
}

std::string Describe(const RescoreResult& result) {
  std::string text;
  for (const ChangedVerdict& change : result.changed) {
    absl::StrAppend(&text, "step ", change.step, ", task ", change.task, ", sample ", change.sample,
                    ": ", change.kind, " ", VerdictName(change.before), " -> ",
                    VerdictName(change.after), "\n");
  }
  for (const auto& [build, responses] : result.before) {
    absl::StrAppend(&text, "decided then by ", build, ": ", responses, " responses\n");
  }
  absl::StrAppend(&text, "decided now by ", result.build, "\n", result.changed.size(), " of ",
                  result.constraints, " verdicts changed, and the rewards of ", result.rewards,
                  " of ", result.responses, " responses\n");
  if (result.waiting > 0) {
    absl::StrAppend(&text, result.waiting,
                    " verdicts were left as they were: another program decides them\n");
  }
  return text;
}

}  // namespace hir
