#include "hir/run/evaluation_record.h"

#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/domain/verdict_json.h"
#include "hir/text/reasoning.h"

namespace hir {

using nlohmann::ordered_json;

ordered_json OutcomeJson(const Instruction& instruction, const EvalOutcome& outcome) {
  ordered_json line;
  line["key"] = instruction.source_id;
  line["prompt"] = PromptText(instruction);
  line["response"] = outcome.text;
  if (!outcome.reasoning_end.empty()) {
    line["reasoning_ended"] = ReasoningEnded(outcome.text, outcome.reasoning_end);
  }
  line["instruction_id_list"] = ordered_json::array();
  line["kwargs"] = ordered_json::array();
  for (const Constraint& constraint : instruction.constraints) {
    line["instruction_id_list"].push_back(constraint.kind);
    line["kwargs"].push_back(ordered_json(constraint.arguments.is_null() ? nlohmann::json::object()
                                                                         : constraint.arguments));
  }
  line["strict"] = VerdictList(outcome.strict);
  line["loose"] = VerdictList(outcome.loose);
  line["tokens"] = outcome.tokens;
  line["truncated"] = outcome.truncated;
  line["policy_version"] = outcome.version;
  return line;
}

absl::StatusOr<std::vector<std::vector<Verdict>>> ReadStrictVerdicts(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> lines, ReadRecordLines(path));
  std::vector<std::vector<Verdict>> verdicts;
  for (const RecordLine& line : lines) {
    verdicts.push_back(ReadVerdictList(line.object.value("strict", nlohmann::json())));
  }
  return verdicts;
}

ordered_json SummaryJson(int64_t step, const EvalSummary& summary) {
  ordered_json line = {{"step", step}, {"prompts", summary.prompts}};
  const auto add = [&line](const std::string& name, const Interval& interval) {
    line[name] = interval.value;
    line[name + "_low"] = interval.low;
    line[name + "_high"] = interval.high;
  };
  add("prompt_strict", summary.prompt_strict);
  add("prompt_loose", summary.prompt_loose);
  add("instruction_strict", summary.instruction_strict);
  add("instruction_loose", summary.instruction_loose);
  line["truncated"] = summary.truncated;
  add("truncated_ratio", summary.truncated_ratio);
  line["response_tokens_mean"] = summary.mean_tokens;
  line["undecidable"] = summary.undecidable;
  line["reasoning_unended"] = summary.reasoning_unended;
  return line;
}

}  // namespace hir
