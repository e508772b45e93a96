// Evaluates the served policy on prompts with constraints: generate, verify, summarise.
#ifndef HIR_EVALUATION_EVALUATION_H_
#define HIR_EVALUATION_EVALUATION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/base/clock.h"
#include "hir/data/record.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/run/evaluation_record.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {

struct EvalSettings {
  std::string system_prompt;  // Empty = none.
  // JSON object of variables for the chat template, before those of the worker's run; empty = none.
  std::string chat_template_kwargs;
  double temperature = 0;
  int max_response_tokens = 0;  // Must be set: >= 1.
  uint64_t seed = 1;
  // Only responses drawn with these weights from first to last token count; others are generated
  // again. Unset = whatever the worker serves.
  std::optional<int64_t> version;
};

// Called as responses end: `done` of `total` are there.
using EvalProgress = std::function<void(size_t done, size_t total)>;

// What an evaluation needs from its caller while it runs.
struct EvalHooks {
  Clock& clock;  // Times the repeated calls.
  EvalProgress progress;
  std::function<bool()> should_stop;
  // Called before every call to the worker, also after it died; returns when the worker can be
  // called. An error ends the evaluation.
  std::function<absl::Status()> await_worker = [] { return absl::OkStatus(); };
};

// Generates one response per record and decides its constraints. Blocks. Calls are repeated while
// the worker or verifier is unreachable for a moment. CANCELLED: `should_stop` returned true. Other
// errors are the services' own.
absl::StatusOr<std::vector<EvalOutcome>> Evaluate(rollout::v1::Rollout::Stub& rollout,
                                                  verifier::v1::Verifier::Stub& verifier,
                                                  const std::vector<InstructionRecord>& records,
                                                  const EvalSettings& settings,
                                                  const EvalHooks& hooks);

EvalSummary Summarise(const std::vector<EvalOutcome>& outcomes);

// The lines of the evaluation's own file, one per prompt (OutcomeJson()).
std::string OutcomeLines(const std::vector<InstructionRecord>& records,
                         const std::vector<EvalOutcome>& outcomes);

// The shares as a table for people.
std::string SummaryTable(const EvalSummary& summary);

}  // namespace hir

#endif  // HIR_EVALUATION_EVALUATION_H_
