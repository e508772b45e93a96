// Refuses settings of the objective that have no meaning together. docs/algorithms.md explains
// them.
#ifndef HIR_CONFIG_CHECK_OBJECTIVE_H_
#define HIR_CONFIG_CHECK_OBJECTIVE_H_

#include "absl/status/status.h"
#include "hir/config/run_config.h"

namespace hir {

// INVALID_ARGUMENT: one sentence with both settings, the reason and what to set. Each number is
// expected to be in its own range (fields.h).
absl::Status CheckObjective(const RunConfig& config);

}  // namespace hir

#endif  // HIR_CONFIG_CHECK_OBJECTIVE_H_
