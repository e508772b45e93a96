// IP addresses and networks, of callers and as operators write them.
#ifndef HIR_RPC_IP_ADDRESS_H_
#define HIR_RPC_IP_ADDRESS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

struct sockaddr;

namespace hir {

// An IP address. An IPv4 address equals its IPv6-mapped form.
class IpAddress {
 public:
  // Parses "10.0.0.7" or "fe80::1"; ignores a zone ("%eth0"). nullopt: `text` is not an address.
  static std::optional<IpAddress> Parse(const std::string& text);
  // nullopt: not of an IP family.
  static std::optional<IpAddress> FromSocket(const sockaddr& address);

  // Whether it is in 127.0.0.0/8, or ::1.
  bool IsLoopback() const;
  // "10.0.0.7", "fe80::1".
  std::string ToString() const;
  // The 16 bytes of the IPv6 address; an IPv4 address is mapped.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_ = {};
};

// A network: all addresses that begin with the same bits.
class IpNetwork {
 public:
  // INVALID_ARGUMENT: `text` is not of the form 10.0.0.0/8 or fd00::/8, nor a single address.
  static absl::StatusOr<IpNetwork> Parse(const std::string& text);

  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& first, int bits) : first_(first), bits_(bits) {}

  IpAddress first_;
  int bits_;  // Of the 128 of IPv6.
};

// Parses networks separated by commas; an empty text has none. Errors: IpNetwork::Parse().
absl::StatusOr<std::vector<IpNetwork>> ParseIpNetworks(const std::string& list);

// The addresses of this machine's network interfaces, loopback ones left out.
std::vector<IpAddress> AddressesOfThisMachine();

// The caller's address in what grpc::ServerContext::peer() returns. nullopt: the call did not come
// over IP.
std::optional<IpAddress> AddressOfPeer(const std::string& peer);

}  // namespace hir

#endif  // HIR_RPC_IP_ADDRESS_H_
