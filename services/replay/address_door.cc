#include "services/replay/address_door.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/response_check.h"

namespace hir {
namespace {

constexpr char kUnix[] = "unix:";
constexpr absl::Duration kLookUpAfter = absl::Seconds(30);

// Refuses texts that a learner's gRPC might not take for a host (a scheme, a list).
bool IsHostName(const std::string& host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
  });
}

bool IsPort(const std::string& text) {
  int port = 0;
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &port) && port >= 1 && port <= 65535;
}

// The host in HOST:PORT; an IPv6 address without its brackets.
absl::StatusOr<std::string> HostOf(const std::string& whose, const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon != std::string::npos && IsPort(address.substr(colon + 1))) {
    const std::string host = address.substr(0, colon);
    if (IsHostName(host)) return host;
    if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
      const std::string inner = host.substr(1, host.size() - 2);
      if (IpAddress::Parse(inner).has_value()) return inner;
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(whose, " \"", absl::CHexEscape(address),
                                                 "\" is not an address; write HOST:PORT."));
}

std::string Join(const std::vector<IpAddress>& addresses) {
  return absl::StrJoin(addresses, " and ", [](std::string* text, const IpAddress& address) {
    text->append(address.ToString());
  });
}

// `what`: e.g. "worker "a:1" is" or "... stands for 10.0.0.1,".
std::string Refusal(const std::string& what, const std::string& peer) {
  const std::optional<IpAddress> caller = AddressOfPeer(peer);
  return absl::StrCat(what, " not the caller's own, who calls from ",
                      caller.has_value() ? caller->ToString() : peer,
                      ": give it --advertise with an address of its own, or replay ",
                      "--advertise-networks if calls reach it from other addresses than services ",
                      "have");
}

}  // namespace

AddressDoor::AddressDoor(AddressDoorOptions options)
    : options_(std::move(options)), lookup_(clock_, options_.resolve) {}

absl::Status AddressDoor::Check(const std::string& whose, const std::string& address,
                                const std::string& peer) {
  if (address.empty() || address.size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        whose, " has ", address.size(), " bytes; it must be an address of 1 to ", kMaxNameBytes));
  }
  const std::optional<IpAddress> caller = AddressOfPeer(peer);
  const bool over_socket = absl::StartsWith(peer, kUnix);
  const std::string named = absl::StrCat(whose, " \"", absl::CHexEscape(address), "\"");
  if (absl::StartsWith(address, kUnix)) {
    if (over_socket || (caller.has_value() && caller->IsLoopback())) return absl::OkStatus();
    return absl::PermissionDeniedError(Refusal(named + " is", peer));
  }
  HIR_ASSIGN_OR_RETURN(const std::string host, HostOf(whose, address));
  if (const std::optional<IpAddress> literal = IpAddress::Parse(host)) {
    if (Allows(*literal, caller, over_socket)) return absl::OkStatus();
    return absl::PermissionDeniedError(Refusal(named + " is", peer));
  }
  std::vector<IpAddress> found;
  // An older look-up may be out of date, so a refusal needs a fresh one.
  for (const absl::Duration max_age : {kLookUpAfter, absl::ZeroDuration()}) {
    const std::string owner = caller.has_value() ? caller->ToString() : peer;
    absl::StatusOr<std::vector<IpAddress>> answer = lookup_.Find(host, owner, max_age);
    if (!answer.ok()) {
      return absl::UnavailableError(absl::StrCat(named, ": ", answer.status().message()));
    }
    found = *std::move(answer);
    const bool allowed = std::all_of(found.begin(), found.end(), [&](const IpAddress& each) {
      return Allows(each, caller, over_socket);
    });
    if (allowed) return absl::OkStatus();
  }
  return absl::UnavailableError(
      Refusal(absl::StrCat(named, " stands for ", Join(found), ","), peer));
}

bool AddressDoor::Allows(const IpAddress& address, const std::optional<IpAddress>& caller,
                         bool over_socket) const {
  const bool in_network =
      std::any_of(options_.networks.begin(), options_.networks.end(),
                  [&](const IpNetwork& network) { return network.Contains(address); });
  if (in_network || caller == address) return true;
  const bool loops_back = over_socket || (caller.has_value() && caller->IsLoopback());
  if (loops_back) return address.IsLoopback() || IsOwn(address);
  return caller.has_value() && IsOwn(*caller) && IsOwn(address);
}

bool AddressDoor::IsOwn(const IpAddress& address) const {
  return std::find(options_.own.begin(), options_.own.end(), address) != options_.own.end();
}

}  // namespace hir
