// Options that name a ring that runs.
#ifndef HIR_CLI_RING_OPTIONS_H_
#define HIR_CLI_RING_OPTIONS_H_

#include "absl/status/statusor.h"
#include "cli/options.h"
#include "hir/client/ring_addresses.h"
#include "hir/rpc/tls.h"

namespace hir {

// --tls-cert, --tls-key, --tls-ca.
void AddTlsOptions(Options& options, TlsFiles& tls);

// --connect (replay), --verifier, --rollout, --learner and those of TLS. The variables must
// outlive the parsing.
void AddRingOptions(Options& options, RingAddresses& ring, TlsFiles& tls);

// Whether the addresses of a ring are given; those of workers may be missing. INVALID_ARGUMENT:
// some are and some are not.
absl::StatusOr<bool> NamesRing(const RingAddresses& ring);

}  // namespace hir

#endif  // HIR_CLI_RING_OPTIONS_H_
