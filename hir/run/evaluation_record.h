// The records of an evaluation in a run's folder: a line of eval/step_N.jsonl per prompt, and a
// line of eval.jsonl for all of them.
#ifndef HIR_RUN_EVALUATION_RECORD_H_
#define HIR_RUN_EVALUATION_RECORD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/domain/instruction.h"
#include "hir/domain/verdict.h"
#include "hir/run/interval.h"
#include "nlohmann/json.hpp"

namespace hir {

// The response to one prompt and its verdicts.
struct EvalOutcome {
  std::string text;
  // The mark that ends its reasoning, as the worker reports, even if the response lacks it; empty =
  // none.
  std::string reasoning_end;
  bool truncated = false;  // Cut at max_response_tokens.
  int64_t tokens = 0;
  int64_t version = 0;  // Of the weights that drew its first token.
  std::vector<Verdict> strict;
  std::vector<Verdict> loose;
};

// IFEval's four numbers, and how many responses were cut. Undecidable counts as not met.
struct EvalSummary {
  std::string suite;  // Empty = data.held_out.
  int prompts = 0;
  int samples = 1;  // Answers to each prompt.
  Interval prompt_strict;
  Interval prompt_loose;
  Interval instruction_strict;
  Interval instruction_loose;
  int truncated = 0;         // Responses cut at the length limit.
  Interval truncated_ratio;  // Their share.
  double mean_tokens = 0;
  int undecidable = 0;        // Strict verdicts.
  int reasoning_unended = 0;  // Responses whose reasoning never ended.
};

// A line of eval/step_N.jsonl: prompt, response, verdicts.
nlohmann::ordered_json OutcomeJson(const Instruction& instruction, const EvalOutcome& outcome);

// The strict verdicts on each prompt's constraints in such a file, in order. Errors of
// ReadRecordLines().
absl::StatusOr<std::vector<std::vector<Verdict>>> ReadStrictVerdicts(const std::string& path);

// The line of eval.jsonl: step, prompts, prompt_strict, prompt_strict_low, prompt_strict_high and
// so on.
nlohmann::ordered_json SummaryJson(int64_t step, const EvalSummary& summary);

}  // namespace hir

#endif  // HIR_RUN_EVALUATION_RECORD_H_
