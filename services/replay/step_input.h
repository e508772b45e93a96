// Everything a frozen step is made from.
#ifndef HIR_SERVICES_REPLAY_STEP_INPUT_H_
#define HIR_SERVICES_REPLAY_STEP_INPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hir/common/v1/common.pb.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// One task and its responses, by sample.
struct StepGroup {
  replay::v1::LeasedTask task;  // With the prompt's token ids.
  std::vector<common::v1::ScoredResponse> responses;
};

struct StepInput {
  int64_t step = 1;
  std::vector<StepGroup> groups;  // By task; without the abandoned ones.
  uint32_t abandoned_tasks = 0;
  std::string abandon_reason;  // Of the task that was abandoned last.
  absl::Time first_insert;
  absl::Time now;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_STEP_INPUT_H_
