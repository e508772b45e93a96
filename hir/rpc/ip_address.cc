#include "hir/rpc/ip_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kBits = 128;
constexpr int kMappedBits = 8 * static_cast<int>(kMapped.size());

bool IsMapped(const std::array<uint8_t, 16>& bytes) {
  return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(const std::string& text) {
  IpAddress address;
  if (inet_pton(AF_INET, text.c_str(), &address.bytes_[kMapped.size()]) == 1) {
    std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
    return address;
  }
  const std::string without_zone = text.substr(0, text.find('%'));
  if (inet_pton(AF_INET6, without_zone.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::FromSocket(const sockaddr& socket) {
  IpAddress address;
  if (socket.sa_family == AF_INET) {
    std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(socket);
    std::memcpy(&address.bytes_[kMapped.size()], &v4.sin_addr, sizeof(v4.sin_addr));
    return address;
  }
  if (socket.sa_family != AF_INET6) return std::nullopt;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(socket);
  std::memcpy(address.bytes_.data(), &v6.sin6_addr, sizeof(v6.sin6_addr));
  return address;
}

bool IpAddress::IsLoopback() const {
  if (IsMapped(bytes_)) return bytes_[kMapped.size()] == 127;
  static const IpAddress kOne = *Parse("::1");
  return *this == kOne;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (IsMapped(bytes_)) {
    inet_ntop(AF_INET, &bytes_[kMapped.size()], text, sizeof(text));
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text, sizeof(text));
  }
  return text;
}

absl::StatusOr<IpNetwork> IpNetwork::Parse(const std::string& text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  const std::optional<IpAddress> first = IpAddress::Parse(parts.first);
  const bool is_v6 = absl::StrContains(parts.first, ":");
  const int most = is_v6 ? kBits : kBits - kMappedBits;
  int bits = most;
  const bool sized = !absl::StrContains(text, "/") ||
                     (absl::SimpleAtoi(parts.second, &bits) && bits >= 0 && bits <= most);
  if (!first.has_value() || !sized) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", absl::CHexEscape(text), "\" is not a network; write it as 10.0.0.0/8 or fd00::/8"));
  }
  return IpNetwork(*first, is_v6 ? bits : kMappedBits + bits);
}

bool IpNetwork::Contains(const IpAddress& address) const {
  const int whole = bits_ / 8;
  const auto& first = first_.bytes();
  if (!std::equal(first.begin(), first.begin() + whole, address.bytes().begin())) return false;
  const int rest = bits_ % 8;
  return rest == 0 || (first[whole] ^ address.bytes()[whole]) >> (8 - rest) == 0;
}

absl::StatusOr<std::vector<IpNetwork>> ParseIpNetworks(const std::string& list) {
  std::vector<IpNetwork> networks;
  if (list.empty()) return networks;
  for (const std::string& text : std::vector<std::string>(absl::StrSplit(list, ','))) {
    HIR_ASSIGN_OR_RETURN(const IpNetwork network, IpNetwork::Parse(text));
    networks.push_back(network);
  }
  return networks;
}

std::vector<IpAddress> AddressesOfThisMachine() {
  std::vector<IpAddress> addresses;
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return addresses;
  const absl::Cleanup free = [interfaces] { freeifaddrs(interfaces); };
  for (const ifaddrs* each = interfaces; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const std::optional<IpAddress> address = IpAddress::FromSocket(*each->ifa_addr);
    if (address.has_value() && !address->IsLoopback()) addresses.push_back(*address);
  }
  return addresses;
}

std::optional<IpAddress> AddressOfPeer(const std::string& peer) {
  if (!absl::StartsWith(peer, "ipv4:") && !absl::StartsWith(peer, "ipv6:")) return std::nullopt;
  constexpr size_t kScheme = 5;
  // gRPC 1.51 writes ipv6:%5B::1%5D:80, others ipv6:[::1]:80.
  const std::string rest = absl::StrReplaceAll(
      peer.substr(kScheme), {{"%5B", ""}, {"%5D", ""}, {"[", ""}, {"]", ""}, {"%25", "%"}});
  return IpAddress::Parse(rest.substr(0, rest.rfind(':')));
}

}  // namespace hir
