#include "services/replay/task_intake.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/instruction.h"
#include "services/replay/records.h"
#include "services/replay/validation.h"

namespace hir {
namespace {

constexpr int kMaxTasks = 1024;

absl::StatusOr<TaskRecord> PrepareTask(const replay::v1::Task& task, const RunConfig& config,
                                       const PromptEncoder& encoder, int64_t context) {
  HIR_RETURN_IF_ERROR(CheckTask(task, config));
  const absl::StatusOr<std::vector<int32_t>> ids =
      encoder.Encode(config, PromptText(FromProto(task.instruction())));
  if (!ids.ok()) {
    return absl::Status(ids.status().code(), absl::StrCat("the prompt of task ", task.task(), ": ",
                                                          ids.status().message()));
  }
  if (ids->size() > static_cast<size_t>(config.rollout.max_prompt_tokens)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the prompt of task ", task.task(), " has ", ids->size(),
                     " tokens but rollout.max_prompt_tokens is ", config.rollout.max_prompt_tokens,
                     "; drop the record or raise the limit"));
  }
  if (static_cast<int64_t>(ids->size()) >= context) {
    return absl::InvalidArgumentError(
        absl::StrCat("the prompt of task ", task.task(), " has ", ids->size(),
                     " tokens, which leaves no room for a response in the model's context of ",
                     context, "; drop the record"));
  }
  replay::v1::LeasedTask stored;
  *stored.mutable_task() = task;
  stored.mutable_prompt_token_ids()->Add(ids->begin(), ids->end());
  return TaskRecord{.task = task.task(),
                    .step = task.step(),
                    .responses = task.responses(),
                    .payload = stored.SerializeAsString(),
                    .replacement = task.replacement()};
}

}  // namespace

absl::StatusOr<std::vector<TaskRecord>> PrepareTasks(const replay::v1::PutTasksRequest& request,
                                                     const RunConfig& config,
                                                     const PromptEncoder& encoder,
                                                     int64_t context) {
  if (request.tasks_size() > kMaxTasks) {
    return absl::InvalidArgumentError(
        absl::StrCat("a call puts ", request.tasks_size(), " tasks; it may put ", kMaxTasks));
  }
  std::vector<TaskRecord> records;
  for (const replay::v1::Task& task : request.tasks()) {
    HIR_ASSIGN_OR_RETURN(TaskRecord record, PrepareTask(task, config, encoder, context));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace hir
