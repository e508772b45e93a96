// Dynamic sampling: which groups of a step are its batch. Replay and `hir hindsight` decide it here
// from the responses alone, so that the arrival of the responses has no say in it.
#ifndef HIR_BATCH_GROUPS_H_
#define HIR_BATCH_GROUPS_H_

#include "hir/batch/step_input.h"
#include "hir/config/run_config.h"

namespace hir {

// Leaves groups of `input` out, if rollout.max_resampled_groups is above 0: keeps the first
// rollout.train_batch_size groups by task number that have two different known rewards
// (objective.reward, without what it takes off for length) and, where there are fewer of them, the
// first others. Adds those left out to input.left_out and removes their tasks and responses.
// REQUIRES: responses by rising id.
StepInput LeaveOutGroups(StepInput input, const RunConfig& config);

// "equal_rewards" or "unknown_rewards", as on the wire and in the run's folder.
const char* LeftOutReasonName(LeftOutReason reason);

}  // namespace hir

#endif  // HIR_BATCH_GROUPS_H_
