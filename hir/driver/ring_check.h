// What `hir doctor --connect` looks at: a ring that runs.
#ifndef HIR_DRIVER_RING_CHECK_H_
#define HIR_DRIVER_RING_CHECK_H_

#include <vector>

#include "hir/driver/finding.h"
#include "hir/rpc/tls.h"
#include "hir/supervisor/local_ring.h"

namespace hir {

// Health of each service by its name, and - when all are well - one response all the way round: a
// run of its own is made, its task leased, a token of the worker's sent through the verifier, its
// batch awaited, and the run deleted. Takes seconds, up to two minutes where the worker is busy;
// changes nothing of other runs.
std::vector<Finding> ExamineRing(const RingAddresses& addresses, const TlsFiles& tls);

}  // namespace hir

#endif  // HIR_DRIVER_RING_CHECK_H_
