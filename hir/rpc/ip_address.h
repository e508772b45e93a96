// IP addresses and networks, as callers have them and operators write them.
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

// An IPv4 address and the same one mapped into IPv6 are equal.
class IpAddress {
 public:
  // Of "10.0.0.7" or "fe80::1"; a zone ("%eth0") is left out. nullopt: `text` is neither.
  static std::optional<IpAddress> Parse(const std::string& text);
  // nullopt: not of an IP family.
  static std::optional<IpAddress> FromSocket(const sockaddr& address);

  // Whether it is of 127.0.0.0/8, or ::1.
  bool IsLoopback() const;
  // "10.0.0.7", "fe80::1".
  std::string ToString() const;
  // The bytes of IPv6; those of an IPv4 address are mapped.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_ = {};
};

// All addresses that begin with the same bits.
class IpNetwork {
 public:
  // INVALID_ARGUMENT: `text` is not written as 10.0.0.0/8, fd00::/8, or an address alone.
  static absl::StatusOr<IpNetwork> Parse(const std::string& text);

  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& first, int bits) : first_(first), bits_(bits) {}

  IpAddress first_;
  int bits_;  // Of the 128 of IPv6.
};

// Networks separated by commas; none for the empty text. Errors: IpNetwork::Parse().
absl::StatusOr<std::vector<IpNetwork>> ParseIpNetworks(const std::string& list);

// The addresses of this machine's network interfaces, loopback ones left out.
std::vector<IpAddress> AddressesOfThisMachine();

// The address that a call came from, of what grpc::ServerContext::peer() says. nullopt: it came
// over no IP connection.
std::optional<IpAddress> AddressOfPeer(const std::string& peer);

}  // namespace hir

#endif  // HIR_RPC_IP_ADDRESS_H_
