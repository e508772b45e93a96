// Refuses settings that are in their own ranges (fields.h), but have no meaning together.
#ifndef HIR_CONFIG_CHECK_TOGETHER_H_
#define HIR_CONFIG_CHECK_TOGETHER_H_

#include "absl/status/status.h"
#include "hir/config/run_config.h"

namespace hir {

// INVALID_ARGUMENT: one sentence with both settings, the reason and what to set.
absl::Status CheckTogether(const RunConfig& config);

}  // namespace hir

#endif  // HIR_CONFIG_CHECK_TOGETHER_H_
