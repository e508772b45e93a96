#include "hir/collective/rendezvous.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/status_macros.h"

namespace hir::internal {
namespace {

// Splits HOST:PORT at the last colon; IPv6 hosts may be in brackets.
absl::StatusOr<std::pair<std::string, uint16_t>> SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 1 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("master \"", address, "\" is not HOST:PORT; give the address of rank 0"));
  }
  std::string host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::make_pair(host, static_cast<uint16_t>(port));
}

}  // namespace

absl::Status CheckOptions(const ProcessGroupOptions& options) {
  if (options.size < 1 || options.rank < 0 || options.rank >= options.size) {
    return absl::InvalidArgumentError(
        absl::StrFormat("rank %d of world size %d: the rank must lie in [0, world size)",
                        options.rank, options.size));
  }
  return options.size == 1 ? absl::OkStatus() : SplitAddress(options.master).status();
}

absl::StatusOr<Store> OpenStore(const ProcessGroupOptions& options) {
  HIR_ASSIGN_OR_RETURN(const auto address, SplitAddress(options.master));
  c10d::TCPStoreOptions store_options;
  store_options.port = address.second;
  store_options.isServer = options.rank == 0;
  store_options.numWorkers = options.size;
  store_options.timeout = absl::ToChronoMilliseconds(options.join_timeout);
  try {
    return Store(c10::make_intrusive<c10d::TCPStore>(address.first, store_options));
  } catch (const std::exception& error) {
    const std::string message =
        absl::StrFormat("rank %d could not meet the other %d ranks at %s: %s", options.rank,
                        options.size - 1, options.master, error.what());
    return absl::StrContains(message, "imed out") || absl::StrContains(message, "imeout")
               ? absl::DeadlineExceededError(message)
               : absl::UnavailableError(message);
  }
}

absl::StatusOr<std::string> LocalAddressTowards(const std::string& master) {
  HIR_ASSIGN_OR_RETURN(const auto address, SplitAddress(master));
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.first.c_str(), std::to_string(address.second).c_str(), &hints, &found)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the host of master \"", master, "\" is unknown"));
  }
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  const int fd = socket(found->ai_family, SOCK_DGRAM, 0);
  const absl::Cleanup close_fd = [fd] { close(fd); };
  // Connecting a datagram socket sends nothing; it only picks the route.
  sockaddr_storage local{};
  socklen_t size = sizeof(local);
  char name[256];
  if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&local), size, name, sizeof(name), nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return absl::UnavailableError(absl::StrCat("there is no route to master \"", master, "\""));
  }
  return std::string(name);
}

void Progress::Enter(std::string_view name) {
  const std::string value = absl::StrFormat("%d (%s)", ++operation_, name);
  store_->set(absl::StrCat("at/", rank_), std::vector<uint8_t>(value.begin(), value.end()));
}

absl::Status Progress::Explain(std::string_view name, absl::Duration timeout,
                               const std::string& what) {
  const std::string reason = what.substr(0, what.find('\n'));
  if (absl::StrContains(what, "imed out") || absl::StrContains(what, "imeout")) {
    return absl::DeadlineExceededError(absl::StrFormat(
        "rank %d waited %s in operation %d (%s) for the other ranks: %s (%s)", rank_,
        absl::FormatDuration(timeout), operation_, name, WhereOthersAre(), reason));
  }
  return absl::UnavailableError(
      absl::StrFormat("rank %d lost another rank in operation %d (%s): %s (%s)", rank_, operation_,
                      name, WhereOthersAre(), reason));
}

std::string Progress::WhereOthersAre() {
  std::string text;
  for (int rank = 0; rank < size_; ++rank) {
    if (rank == rank_) continue;
    std::string place = "not reachable";
    try {
      const std::string key = absl::StrCat("at/", rank);
      if (store_->check({key})) {
        const std::vector<uint8_t> value = store_->get(key);
        place = "last seen in operation " + std::string(value.begin(), value.end());
      } else {
        place = "in no operation yet";
      }
    } catch (const std::exception&) {
      place = "unknown, since rank 0 does not answer";
    }
    absl::StrAppend(&text, text.empty() ? "" : ", ", "rank ", rank, " ", place);
  }
  return text;
}

}  // namespace hir::internal
