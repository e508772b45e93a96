// One line of runs/NAME/rollouts/step_000001.jsonl: a response, its verdicts and how it was
// replayed. docs/run-folder.md describes the fields.
#ifndef HIR_RUN_ROLLOUT_LINE_H_
#define HIR_RUN_ROLLOUT_LINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/domain/instruction.h"
#include "hir/domain/replayed_as.h"
#include "hir/domain/response.h"
#include "hir/domain/sample_id.h"
#include "hir/domain/verdict.h"
#include "hir/replay/v1/replay.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

struct RolloutLine {
  std::string run;
  int64_t step = 0;
  uint32_t step_tasks = 0;  // Tasks of the step, abandoned ones too; 0: the line does not tell.
  SampleId id;
  Instruction instruction;
  std::vector<CheckResult> verdicts;  // Strict; one per constraint.
  Response response;
  std::string reasoning_end;  // The mark that ends its reasoning; empty = none.
  std::vector<int32_t> prompt_tokens;
  std::string verifier_build;
  std::optional<ReplayedAs> replayed_as;  // Set if it was replayed.
  std::string left_out;  // Why its group is not in the batch (LeftOutReasonName()); empty: it is.
};

// Converts a response as replay returns it.
RolloutLine ToRolloutLine(const replay::v1::RolloutRecord& record);

// Returns the line. Leaves bytes that are not UTF-8 as they are; the caller that dumps it must
// handle them.
nlohmann::ordered_json RolloutJson(const RolloutLine& line);

// Adds how a response was replayed, in the names of a rollouts file.
void AddReplay(const ReplayedAs& replayed_as, nlohmann::ordered_json& record);

// The fields that a reader requires, of the line and of each of its constraints.
struct RequiredFields {
  absl::Span<const char* const> line;
  absl::Span<const char* const> constraint;
};

// Reads the response and its verdicts from a line, without the fields for people and other
// programs: prompt ids, log-probabilities, weights and how it was replayed. Fields that are not
// required may be missing, since people write such lines by hand. INVALID_ARGUMENT names the field
// that is missing or wrong.
absl::StatusOr<RolloutLine> ReadRolloutLine(const nlohmann::json& object,
                                            const RequiredFields& required);

}  // namespace hir

#endif  // HIR_RUN_ROLLOUT_LINE_H_
