#include "hir/evaluation/hindsight_file.h"

#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/batch/groups.h"
#include "hir/domain/sample_id.h"
#include "hir/hindsight/selector.h"
#include "hir/run/rollout_line.h"

namespace hir {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

absl::Status FieldError(const char* field, const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("field \"", field, "\" ", what, "."));
}

// A line made by hand may have their number, "tokens", in the place of "token_ids".
absl::StatusOr<int64_t> TokensOf(const json& object, const Response& response) {
  if (object.contains("token_ids")) return static_cast<int64_t>(response.tokens.size());
  const auto count = object.find("tokens");
  if (count == object.end() || !count->is_number_unsigned()) {
    return FieldError("tokens", "must be a whole number of at least 0");
  }
  return count->get<int64_t>();
}

bool SameInstruction(const Instruction& a, const Instruction& b) {
  const auto same = [](const Constraint& x, const Constraint& y) {
    return x.text == y.text && x.depends_on == y.depends_on;
  };
  return a.question == b.question && a.layout == b.layout &&
         a.prompt_is_complete == b.prompt_is_complete &&
         absl::c_equal(a.constraints, b.constraints, same);
}

// What replay had of the step when it froze it. The tasks that were abandoned left no line.
absl::StatusOr<StepInput> ToStep(const std::vector<ScoredLine>& lines, int64_t step) {
  StepInput input = {.step = step};
  std::set<SampleId> seen;
  for (const ScoredLine& line : lines) {
    const SampleId& id = line.response.id;
    if (!seen.insert(id).second) {
      return absl::InvalidArgumentError(absl::StrCat(NameOf(id), " is there twice."));
    }
    const auto [task, is_new] =
        input.tasks.try_emplace(id.task, TaskInput{.instruction = line.instruction});
    if (!is_new && !SameInstruction(task->second.instruction, line.instruction)) {
      return absl::InvalidArgumentError(absl::StrCat(
          NameOf(id), " has another question, layout or constraints than others of its task."));
    }
    input.responses.push_back(line.response);
  }
  absl::c_sort(input.responses, [](const auto& a, const auto& b) { return a.id < b.id; });
  const uint32_t told = lines.empty() ? 0 : lines.front().step_tasks;
  for (const ScoredLine& line : lines) {
    if (line.step_tasks == told && (told == 0 || told >= input.tasks.size())) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("field \"step_tasks\" of ", NameOf(line.response.id), " is ", line.step_tasks,
                     "; it must be the same in every line, and at least the number of tasks, ",
                     input.tasks.size(), "."));
  }
  if (told > 0) input.abandoned_tasks = told - static_cast<uint32_t>(input.tasks.size());
  return input;
}

ordered_json ReplayedJson(const SampleId& id, const ReplayedAs& as, double lambda) {
  ordered_json result;
  result["task"] = id.task;
  result["sample"] = id.sample;
  result["lambda"] = lambda;
  AddReplay(as, result);
  return result;
}

ordered_json TotalsJson(const StepInput& input, const RunConfig& config,
                        const Selection& selection) {
  ordered_json totals;
  totals["step"] = input.step;
  totals["lambda"] = selection.lambda;
  totals["instructions"] = InstructionsOf(input, config);
  totals["responses"] = input.responses.size();
  totals["left_out_groups"] = input.left_out.size();
  totals["eligible"] = selection.eligible;
  totals["requested"] = selection.requested;
  totals["replayed"] = selection.picked.size();
  totals["shortfall"] = selection.shortfall();
  for (const SkipReason reason : kSkipReasons) {
    totals["skipped"][SkipReasonName(reason)] = absl::c_count(selection.skipped, reason);
  }
  return totals;
}

}  // namespace

absl::StatusOr<ScoredLine> ParseScoredLine(const json& object) {
  static constexpr const char* kLineFields[] = {"task", "sample", "question", "constraints",
                                                "entropy_mean_nats"};
  static constexpr const char* kConstraintFields[] = {"text", "verdict"};
  HIR_ASSIGN_OR_RETURN(RolloutLine rollout,
                       ReadRolloutLine(object, {kLineFields, kConstraintFields}));
  if (rollout.verdicts.empty()) return FieldError("constraints", "must not be empty");
  ScoredLine line;
  line.response = {.id = rollout.id,
                   .entropy_mean = rollout.response.entropy_mean,
                   .truncated = rollout.response.finish_reason == FinishReason::kLength,
                   .rewritable = !rollout.instruction.prompt_is_complete,
                   .verdicts = VerdictsOf(rollout.verdicts),
                   .depends_on = DependenciesOf(rollout.instruction.constraints)};
  for (const CheckResult& verdict : rollout.verdicts) line.response.votes.push_back(verdict.votes);
  HIR_ASSIGN_OR_RETURN(line.response.tokens, TokensOf(object, rollout.response));
  line.instruction = std::move(rollout.instruction);
  line.step_tasks = rollout.step_tasks;
  return line;
}

absl::StatusOr<std::vector<ScoredLine>> ReadScoredLines(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> objects, ReadRecordLines(path));
  std::vector<ScoredLine> lines;
  for (const RecordLine& object : objects) {
    absl::StatusOr<ScoredLine> line = ParseScoredLine(object.object);
    if (!line.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", object.number, ": ", line.status().message()));
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

absl::StatusOr<std::string> HindsightLines(const std::vector<ScoredLine>& lines,
                                           const RunConfig& config, int64_t step,
                                           EncodeText encode) {
  HIR_ASSIGN_OR_RETURN(StepInput input, ToStep(lines, step));
  input = LeaveOutGroups(std::move(input), config);
  HIR_ASSIGN_OR_RETURN(const StepSelection selected, SelectAndRewrite(input, config, encode));
  std::string text;
  for (const Replayed& replayed : selected.replayed) {
    const SampleId& id = input.responses[replayed.response].id;
    text += ToLine(ReplayedJson(id, replayed.as, selected.selection.lambda));
  }
  return text + ToLine(TotalsJson(input, config, selected.selection));
}

}  // namespace hir
