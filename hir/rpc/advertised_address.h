// The address by which others reach a service.
#ifndef HIR_RPC_ADVERTISED_ADDRESS_H_
#define HIR_RPC_ADVERTISED_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace hir {

// `advertise` (of --advertise) if it is not empty, else the host of `listen` (of --listen) with the
// `port` that the server got; 0 leaves `listen` as it is: a unix socket, or no server yet.
// INVALID_ARGUMENT: `listen` names all of the machine's addresses and `advertise` none.
absl::StatusOr<std::string> AdvertisedAddress(const std::string& advertise,
                                              const std::string& listen, int port);

}  // namespace hir

#endif  // HIR_RPC_ADVERTISED_ADDRESS_H_
