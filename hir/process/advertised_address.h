// The address at which other programs reach a service.
#ifndef HIR_PROCESS_ADVERTISED_ADDRESS_H_
#define HIR_PROCESS_ADVERTISED_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace hir {

// Returns `advertise` (--advertise) if it is not empty, else the host of `listen` (--listen) with
// the server's `port`; with port 0 (a unix socket, or no server yet) `listen` as it is.
// INVALID_ARGUMENT: `listen` is a wildcard address such as 0.0.0.0 and `advertise` is empty.
absl::StatusOr<std::string> AdvertisedAddress(const std::string& advertise,
                                              const std::string& listen, int port);

}  // namespace hir

#endif  // HIR_PROCESS_ADVERTISED_ADDRESS_H_
