// Decides which addresses callers may name as their own, for other services to connect to.
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

// The addresses that callers may name besides that of their call.
struct AddressDoorOptions {
  // Networks in which a caller may name any address (--advertise-networks).
  std::vector<IpNetwork> networks;
  // Addresses of this machine, without loopback.
  std::vector<IpAddress> own = AddressesOfThisMachine();
  HostLookup::Resolve resolve = ResolveHost;
};

// A learner connects to the addresses that workers name, and workers to the learner's, so a caller
// may name only its own host: the address that its call comes from. A caller on this machine (over
// loopback or a unix socket) may name any loopback address, any address of this machine and any
// unix socket. Thread-safe.
class AddressDoor {
 public:
  explicit AddressDoor(AddressDoorOptions options);

  // Checks whether the caller `peer` (of grpc::ServerContext::peer()) may name `address`, HOST:PORT
  // or unix:PATH; `whose` names the field. If the host is a name, all addresses that it resolves to
  // must be allowed. Never blocks.
  //
  // INVALID_ARGUMENT: not an address, or longer than kMaxNameBytes. PERMISSION_DENIED: an address
  // of another host. UNAVAILABLE: the host's name resolves to other hosts or not at all; try again,
  // since names change and are looked up again within a second. Each message names address and
  // caller.
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
