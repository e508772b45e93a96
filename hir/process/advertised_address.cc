#include "hir/process/advertised_address.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

bool IsWildcard(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "[::]" || host == "::" || host == "*";
}

}  // namespace

absl::StatusOr<std::string> AdvertisedAddress(const std::string& advertise,
                                              const std::string& listen, int port) {
  if (!advertise.empty()) return advertise;
  if (absl::StartsWith(listen, "unix:")) return listen;
  const std::string host = listen.substr(0, listen.rfind(':'));
  if (IsWildcard(host)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", listen,
                     " does not name an address at which other machines can reach this one; "
                     "give one with --advertise"));
  }
  return port == 0 ? listen : absl::StrCat(host, ":", port);
}

}  // namespace hir
