// Decides whether a run that has begun can continue with a changed configuration.
#ifndef HIR_CONFIG_RUN_EXTENSION_H_
#define HIR_CONFIG_RUN_EXTENSION_H_

#include "absl/status/status.h"
#include "hir/config/run_config.h"

namespace hir {

// OK when `now` equals `before`, or differs only in a higher learner.total_steps, which extends the
// run. FAILED_PRECONDITION: another field differs; the message names the first one with its value
// in `now`.
absl::Status CheckExtends(const RunConfig& before, const RunConfig& now);

}  // namespace hir

#endif  // HIR_CONFIG_RUN_EXTENSION_H_
