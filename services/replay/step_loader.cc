#include "services/replay/step_loader.h"

#include <utility>

#include "hir/base/status_macros.h"
#include "hir/domain/wire/instruction.h"
#include "hir/domain/wire/response_check.h"
#include "hir/replay/v1/replay.pb.h"
#include "services/replay/records.h"

namespace hir {
namespace {

// Samples read from the ledger at once: some hundred kilobytes.
constexpr size_t kSlice = 16;

}  // namespace

absl::Status ForEachSample(ReplayStore& store, const std::string& run, int64_t step,
                           absl::Span<const SampleId> keys,
                           absl::FunctionRef<bool(size_t, common::v1::ScoredResponse)> use) {
  for (size_t begin = 0; begin < keys.size(); begin += kSlice) {
    HIR_ASSIGN_OR_RETURN(const std::vector<std::string> payloads,
                         store.ReadSamples(run, step, keys.subspan(begin, kSlice)));
    for (size_t i = 0; i < payloads.size(); ++i) {
      HIR_ASSIGN_OR_RETURN(auto scored,
                           ParseStored<common::v1::ScoredResponse>(payloads[i], "response"));
      HIR_RETURN_IF_ERROR(
          CheckSchema(scored.response().schema_version(), kResponseSchema, "response"));
      if (!use(begin + i, std::move(scored))) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LoadedStep> LoadStep(ReplayStore& store, const std::string& run, int64_t step,
                                    const StepState& state) {
  LoadedStep loaded = {.input = {.step = step,
                                 .abandon_reason = state.abandon_reason,
                                 .first_insert = state.first_insert,
                                 .now = state.now}};
  StepInput& input = loaded.input;
  HIR_ASSIGN_OR_RETURN(const std::vector<StepTask> tasks, store.GetStepTasks(run, step));
  std::vector<SampleId> keys;
  for (const StepTask& task : tasks) {
    if (task.abandoned) {
      ++input.abandoned_tasks;
      continue;
    }
    HIR_ASSIGN_OR_RETURN(const auto stored,
                         ParseStored<replay::v1::LeasedTask>(task.payload, "task"));
    input.tasks[task.task] = {
        .instruction = FromProto(stored.task().instruction()),
        .prompt_tokens = static_cast<uint32_t>(stored.prompt_token_ids_size())};
    for (uint32_t sample = 0; sample < task.responses; ++sample)
      keys.push_back({task.task, sample});
  }
  // A step may hold more tokens than memory should: what a batch needs of a response is taken while
  // they pass.
  HIR_RETURN_IF_ERROR(
      ForEachSample(store, run, step, keys, [&](size_t i, common::v1::ScoredResponse scored) {
        const uint64_t task = keys[i].task;
        input.responses.push_back(FromProto(scored, input.tasks.at(task).instruction));
        loaded.leases.emplace(task, scored.response().fencing_token());
        return true;
      }));
  return loaded;
}

}  // namespace hir
