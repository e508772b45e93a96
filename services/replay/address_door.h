// Which addresses callers may name as their own, for others of the ring to connect to.
#ifndef HIR_SERVICES_REPLAY_ADDRESS_DOOR_H_
#define HIR_SERVICES_REPLAY_ADDRESS_DOOR_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hir/base/clock.h"
#include "hir/rpc/host_lookup.h"
#include "hir/rpc/ip_address.h"

namespace hir {

struct AddressDoorOptions {
  // Where a caller may name any address (--advertise-networks).
  std::vector<IpNetwork> networks;
  // Of this machine, without loopback.
  std::vector<IpAddress> own = AddressesOfThisMachine();
  HostLookup::Resolve resolve = ResolveHost;
};

// A learner connects to whatever address a worker names, and workers to what a learner names: so a
// caller may name its own host only. That is the address that its call comes from; of a caller on
// this machine (over loopback or a unix socket) any loopback address, any of this machine's, and
// any unix socket. Thread-safe.
class AddressDoor {
 public:
  explicit AddressDoor(AddressDoorOptions options);

  // Whether the caller `peer` (of grpc::ServerContext::peer()) may name `address`, HOST:PORT or
  // unix:PATH; `whose` names the field. A host that is a name may stand for several addresses,
  // which must all be right. Never blocks.
  //
  // INVALID_ARGUMENT: not an address, or of more than kMaxNameBytes. PERMISSION_DENIED: another
  // host's. UNAVAILABLE: the host's name stands for others, or is not known; names change, and are
  // looked up again within a second, so ask again. Each message names address and caller.
  absl::Status Check(const std::string& whose, const std::string& address, const std::string& peer);

 private:
  bool Allows(const IpAddress& address, const std::optional<IpAddress>& caller,
              bool over_socket) const;
  bool IsOwn(const IpAddress& address) const;

  const AddressDoorOptions options_;
  RealClock clock_;
  HostLookup lookup_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_ADDRESS_DOOR_H_
