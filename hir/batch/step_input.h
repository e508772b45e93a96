// The input of BuildBatch().
#ifndef HIR_BATCH_STEP_INPUT_H_
#define HIR_BATCH_STEP_INPUT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hir/domain/instruction.h"
#include "hir/domain/scored_response.h"

namespace hir {

// One task of the step.
struct TaskInput {
  Instruction instruction;
  uint32_t prompt_tokens = 0;
};

// Why a group that was generated is not in the batch.
enum class LeftOutReason {
  kEqualRewards,    // Its known rewards, one or more, are equal.
  kUnknownRewards,  // It has none.
};

// A group that was generated and is not in the batch.
struct LeftOutGroup {
  uint64_t task = 0;
  LeftOutReason reason = LeftOutReason::kEqualRewards;
  uint32_t responses = 0;
  uint64_t response_tokens = 0;  // Of all of them.
};

struct StepInput {
  int64_t step = 1;                       // From 1.
  std::map<uint64_t, TaskInput> tasks;    // By number; without the abandoned ones.
  std::vector<ScoredResponse> responses;  // By rising id; each to one of `tasks`.
  std::vector<LeftOutGroup> left_out;     // By rising task; not in `tasks` (groups.h).
  uint32_t abandoned_tasks = 0;
  std::string abandon_reason;                      // Of the task that was abandoned last.
  absl::Time first_insert = absl::InfinitePast();  // Of a response; InfinitePast: of none.
  absl::Time now;
};

}  // namespace hir

#endif  // HIR_BATCH_STEP_INPUT_H_
