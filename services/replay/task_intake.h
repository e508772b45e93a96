// Checks tasks, and renders and tokenises their prompts.
#ifndef HIR_SERVICES_REPLAY_TASK_INTAKE_H_
#define HIR_SERVICES_REPLAY_TASK_INTAKE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/store/replay_store.h"
#include "hir/tokenizer/prompt_encoder.h"

namespace hir {

// Makes ledger records of the request's tasks; the payload is a LeasedTask with task and
// prompt_token_ids. `context`: of the model, in tokens. INVALID_ARGUMENT: more than 1024 tasks, a
// task that CheckTask() refuses, or a prompt of more than rollout.max_prompt_tokens tokens or
// without room for a response in the context; the message names the task.
absl::StatusOr<std::vector<TaskRecord>> PrepareTasks(const replay::v1::PutTasksRequest& request,
                                                     const RunConfig& config,
                                                     const PromptEncoder& encoder, int64_t context);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_TASK_INTAKE_H_
