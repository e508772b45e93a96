// `hir hindsight`: which failures of a step would be replayed, and as answers to what.
#ifndef HIR_CLI_HINDSIGHT_H_
#define HIR_CLI_HINDSIGHT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/config/run_config.h"
#include "hir/domain/instruction.h"
#include "hir/hindsight/selector.h"
#include "nlohmann/json.hpp"

namespace hir {

// One scored response with the instruction it answers.
struct ScoredLine {
  ScoredSample sample;
  Instruction instruction;
};

// Reads one line of a rollouts file: task, sample, question, constraints [{text, verdict}],
// entropy_mean_nats, token_ids (or tokens, their number), and optional layout (1), finish_reason
// ("stop") and prompt_is_complete (false). INVALID_ARGUMENT names the field.
absl::StatusOr<ScoredLine> ParseScoredLine(const nlohmann::json& object);

// The replayed ones as JSON lines, best first: task, sample, score, diversity_nats, integrity,
// lambda, kept_constraints, dropped_constraints, rewritten_instruction; then one line of totals:
// step, lambda, instructions, responses, eligible, requested, replayed, shortfall.
// INVALID_ARGUMENT: a setting or a response out of range, or one response twice.
absl::StatusOr<std::string> HindsightLines(const std::vector<ScoredLine>& lines,
                                           const RunConfig& config, int64_t step);

absl::Status RunHindsightCommand(absl::Span<const std::string> args);

}  // namespace hir

#endif  // HIR_CLI_HINDSIGHT_H_
