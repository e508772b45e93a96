// The one rule for names of runs.
#ifndef HIR_DOMAIN_RUN_NAME_H_
#define HIR_DOMAIN_RUN_NAME_H_

#include <string_view>

#include "absl/status/status.h"

namespace hir {

// Checks a run's name, which becomes part of keys and paths. INVALID_ARGUMENT: it is not 1 to 64 of
// [a-zA-Z0-9._-], or is "." or "..".
absl::Status CheckRunName(std::string_view run);

}  // namespace hir

#endif  // HIR_DOMAIN_RUN_NAME_H_
