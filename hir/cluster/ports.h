// Free local ports for services that must know each other's address before they start.
#ifndef HIR_CLUSTER_PORTS_H_
#define HIR_CLUSTER_PORTS_H_

#include <vector>

#include "absl/status/statusor.h"

namespace hir {

// Returns `count` different TCP ports that nobody uses on 127.0.0.1 now. They stay free unless
// another program takes them meanwhile. UNAVAILABLE: the machine gives none.
absl::StatusOr<std::vector<int>> FreePorts(int count);

}  // namespace hir

#endif  // HIR_CLUSTER_PORTS_H_
