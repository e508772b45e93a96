// Reads the tasks and responses of a step from the ledger.
#ifndef HIR_SERVICES_REPLAY_STEP_LOADER_H_
#define HIR_SERVICES_REPLAY_STEP_LOADER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/batch/step_input.h"
#include "hir/common/v1/common.pb.h"
#include "hir/store/replay_store.h"

namespace hir {

struct LoadedStep {
  StepInput input;
  std::map<uint64_t, uint64_t> leases;  // Fencing token of each task's first response, for traces.
};

// Loads the tasks and responses of a complete step. INTERNAL: a record cannot be read.
absl::StatusOr<LoadedStep> LoadStep(ReplayStore& store, const std::string& run, int64_t step,
                                    const StepState& state);

// Calls `use(i, response of keys[i])` for each key in order, holding a few at a time, until it
// returns false. NOT_FOUND: a sample does not exist.
absl::Status ForEachSample(ReplayStore& store, const std::string& run, int64_t step,
                           absl::Span<const SampleId> keys,
                           absl::FunctionRef<bool(size_t, common::v1::ScoredResponse)> use);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_STEP_LOADER_H_
