// Which failures in a file of scored responses a step replays, and as answers to what.
#ifndef HIR_EVALUATION_HINDSIGHT_FILE_H_
#define HIR_EVALUATION_HINDSIGHT_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
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

// Reads the lines of a file, as above. INVALID_ARGUMENT "FILE:LINE: what is wrong"; errors of
// ReadRecordLines().
absl::StatusOr<std::vector<ScoredLine>> ReadScoredLines(const std::string& path);

// The replayed ones as JSON lines, best first: task, sample, lambda, score, diversity_nats,
// integrity, kept_constraints, dropped_constraints, rewritten_instruction; then one line of totals:
// step, lambda, instructions, responses, left_out_groups, eligible, requested, replayed, shortfall,
// and skipped, how many were not replayed for each reason. They are what replay makes of the step
// by `config` and `encode`. INVALID_ARGUMENT: a setting or a response out of range, one response
// twice, two instructions of one task, or lines that do not agree on step_tasks.
absl::StatusOr<std::string> HindsightLines(const std::vector<ScoredLine>& lines,
                                           const RunConfig& config, int64_t step,
                                           EncodeText encode);

}  // namespace hir

#endif  // HIR_EVALUATION_HINDSIGHT_FILE_H_
