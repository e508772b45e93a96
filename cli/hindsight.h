// `hir hindsight`: which failures of a step would be replayed, and as answers to what.
#ifndef HIR_CLI_HINDSIGHT_H_
#define HIR_CLI_HINDSIGHT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/batch/rewriting.h"
#include "hir/config/run_config.h"
#include "hir/domain/instruction.h"
#include "hir/domain/scored_response.h"
#include "nlohmann/json.hpp"

namespace hir {

// One line of a rollouts file: a response with the instruction it answers.
struct ScoredLine {
  ScoredResponse response;
  Instruction instruction;
  uint32_t step_tasks = 0;  // Tasks of the step, abandoned ones too; 0: the line does not tell.
};

// Reads one line of a rollouts file: task, sample, question, constraints [{text, verdict}],
// entropy_mean_nats, token_ids (or tokens, their number), and optional step_tasks, layout (1),
// finish_reason ("stop") and prompt_is_complete (false). INVALID_ARGUMENT names the field.
absl::StatusOr<ScoredLine> ParseScoredLine(const nlohmann::json& object);

// The replayed ones as JSON lines, best first: task, sample, lambda, score, diversity_nats,
// integrity, kept_constraints, dropped_constraints, rewritten_instruction; then one line of totals:
// step, lambda, instructions, responses, eligible, requested, replayed, shortfall, and skipped, how
// many were not replayed for each reason. They are what replay makes of the step by `config` and
// `encode`. INVALID_ARGUMENT: a setting or a response out of range, one response twice, two
// instructions of one task, or lines that do not agree on step_tasks.
absl::StatusOr<std::string> HindsightLines(const std::vector<ScoredLine>& lines,
                                           const RunConfig& config, int64_t step,
                                           EncodeText encode);

absl::Status RunHindsightCommand(absl::Span<const std::string> args);

}  // namespace hir

#endif  // HIR_CLI_HINDSIGHT_H_
