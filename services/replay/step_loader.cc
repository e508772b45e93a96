#include "services/replay/step_loader.h"

#include <utility>

#include "hir/base/status_macros.h"
#include "hir/domain/wire/response_check.h"
#include "services/replay/records.h"

namespace hir {
namespace {

// Samples asked of the ledger at once: some hundred kilobytes.
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

absl::StatusOr<StepInput> LoadStep(ReplayStore& store, const std::string& run, int64_t step,
                                   const StepState& state) {
  StepInput input{.step = step,
                  .groups = {},
                  .abandoned_tasks = 0,
                  .abandon_reason = state.abandon_reason,
                  .first_insert = state.first_insert,
                  .now = state.now};
  HIR_ASSIGN_OR_RETURN(const std::vector<StepTask> tasks, store.GetStepTasks(run, step));
  std::vector<SampleId> keys;
  std::vector<size_t> group_of_key;
  for (const StepTask& task : tasks) {
    if (task.abandoned) {
      ++input.abandoned_tasks;
      continue;
    }
    StepGroup group;
    HIR_ASSIGN_OR_RETURN(group.task, ParseStored<replay::v1::LeasedTask>(task.payload, "task"));
    for (uint32_t sample = 0; sample < task.responses; ++sample) {
      keys.push_back({task.task, sample});
      group_of_key.push_back(input.groups.size());
    }
    input.groups.push_back(std::move(group));
  }
  HIR_RETURN_IF_ERROR(
      ForEachSample(store, run, step, keys, [&](size_t i, common::v1::ScoredResponse scored) {
        input.groups[group_of_key[i]].responses.push_back(std::move(scored));
        return true;
      }));
  return input;
}

}  // namespace hir
