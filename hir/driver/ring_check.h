// Examines a running ring, for `hir doctor --connect`.
#ifndef HIR_DRIVER_RING_CHECK_H_
#define HIR_DRIVER_RING_CHECK_H_

#include <vector>

#include "hir/client/ring_addresses.h"
#include "hir/driver/finding.h"
#include "hir/rpc/tls.h"

namespace hir {

// Checks the health of each service and, if all are healthy, sends one response round the ring:
// creates a run of its own, leases its task, sends a token that the first worker generated to the
// verifier, waits for the batch, and deletes the run. Takes seconds, and at most two minutes if the
// worker is busy. Does not change other runs.
std::vector<Finding> ExamineRing(const RingAddresses& addresses, const TlsFiles& tls);

}  // namespace hir

#endif  // HIR_DRIVER_RING_CHECK_H_
