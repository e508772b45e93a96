// Evaluates the served policy on prompts with constraints: generate, verify, summarise.
#ifndef HIR_EVALUATION_EVALUATION_H_
#define HIR_EVALUATION_EVALUATION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/evaluation/statistics.h"
#include "hir/base/clock.h"
#include "hir/common/v1/common.pb.h"
#include "hir/data/record.h"
#include "hir/domain/verdict.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

struct EvalSettings {
  std::string system_prompt;  // Empty = none.
  // JSON object of variables for the chat template, before those of the worker's run; empty = none.
  std::string chat_template_kwargs;
  double temperature = 0;
  int max_response_tokens = 0;  // Must be set: >= 1.
  uint64_t seed = 1;
  // Only answers that these weights drew from first to last token count; others are asked for
  // again. Unset = whatever the worker serves.
  std::optional<int64_t> version;
};

// What became of one prompt.
struct EvalOutcome {
  std::string text;
  // The mark that ended its reasoning, or would have, as the worker says; empty = none.
  std::string reasoning_end;
  bool truncated = false;  // Cut at max_response_tokens.
  int64_t tokens = 0;
  int64_t version = 0;  // Of the weights that drew its first token.
  std::vector<Verdict> strict;
  std::vector<Verdict> loose;
};

// IFEval's four numbers. Undecidable counts as not met.
struct EvalSummary {
  int prompts = 0;
  Interval prompt_strict;
  Interval prompt_loose;
  Interval instruction_strict;
  Interval instruction_loose;
  double truncated_ratio = 0;
  double mean_tokens = 0;
  int undecidable = 0;        // Strict verdicts.
  int reasoning_unended = 0;  // Responses whose reasoning never ended.
};

// Called as responses end: how many of how many.
using EvalProgress = std::function<void(size_t done, size_t total)>;

// What an evaluation asks of its caller while it goes on.
struct EvalHooks {
  Clock& clock;  // Of its patience.
  EvalProgress progress;
  std::function<bool()> should_stop;
  // Before every call of the worker, also after it died: returns when it can be asked. An error
  // ends the evaluation.
  std::function<absl::Status()> await_worker = [] { return absl::OkStatus(); };
};

// Generates one response a record and decides its constraints. Blocks. A worker or verifier that is
// away for a moment is asked again. CANCELLED: `should_stop` returned true. Other errors are the
// services' own.
absl::StatusOr<std::vector<EvalOutcome>> Evaluate(rollout::v1::Rollout::Stub& rollout,
                                                  verifier::v1::Verifier::Stub& verifier,
                                                  const std::vector<InstructionRecord>& records,
                                                  const EvalSettings& settings,
                                                  const EvalHooks& hooks);

EvalSummary Summarise(const std::vector<EvalOutcome>& outcomes);

// One line of an evaluation's own file: prompt, response, verdicts.
nlohmann::ordered_json OutcomeRecord(const InstructionRecord& record, const EvalOutcome& outcome);

// Adds prompt_strict, prompt_strict_low, prompt_strict_high and so on to `line`.
void AddSummary(const EvalSummary& summary, nlohmann::ordered_json& line);

// The four numbers as a table for people.
std::string SummaryTable(const EvalSummary& summary);

}  // namespace hir

#endif  // HIR_EVALUATION_EVALUATION_H_
