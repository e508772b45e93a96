// Whether a run that has begun can go on under another configuration.
#ifndef HIR_CONFIG_RUN_EXTENSION_H_
#define HIR_CONFIG_RUN_EXTENSION_H_

#include "absl/status/status.h"
#include "hir/config/run_config.h"

namespace hir {

// OK when `now` is `before`, or differs in a higher learner.total_steps alone: the run is extended.
// FAILED_PRECONDITION: the message names the first field that may not change, as it is now.
absl::Status CheckExtends(const RunConfig& before, const RunConfig& now);

}  // namespace hir

#endif  // HIR_CONFIG_RUN_EXTENSION_H_
