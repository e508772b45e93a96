#include "hir/rpc/host_lookup.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr int kThreads = 4;
constexpr QuotaLimits kLookups = {.in_all = 256, .per_caller = 16};
constexpr size_t kMostHosts = 1024;
constexpr absl::Duration kBetweenLookups = absl::Seconds(1);
// While DNS is unavailable, its last answer stays valid for this long.
constexpr absl::Duration kLongest = absl::Hours(1);

absl::Status NotFound(const std::string& host, const std::string& why) {
  return absl::UnavailableError(absl::StrCat("host \"", host, "\" can't be looked up: ", why));
}

}  // namespace

absl::StatusOr<std::vector<IpAddress>> ResolveHost(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return NotFound(host, gai_strerror(error));
  const absl::Cleanup free = [found] { freeaddrinfo(found); };
  std::vector<IpAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (const std::optional<IpAddress> address = IpAddress::FromSocket(*each->ai_addr)) {
      addresses.push_back(*address);
    }
  }
  if (addresses.empty()) return NotFound(host, "it has no IP address");
  return addresses;
}

HostLookup::HostLookup(const Clock& clock, Resolve resolve)
    : clock_(clock),
      resolve_(std::move(resolve)),
      lookups_("lookups of hosts", kLookups),
      pool_(kThreads) {}

HostLookup::~HostLookup() {
  absl::MutexLock lock(&mutex_);
  ending_ = true;
}

absl::StatusOr<std::vector<IpAddress>> HostLookup::Find(const std::string& host,
                                                        const std::string& caller,
                                                        absl::Duration max_age) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_.Now();
  Host& kept = Keep(host);
  const bool due = !kept.looking && now - kept.begun >= kBetweenLookups;
  absl::Status begun;
  if (due && now - kept.found > max_age) begun = Begin(host, caller, kept);
  if (now - kept.found <= kLongest) return kept.addresses;
  HIR_RETURN_IF_ERROR(begun);
  if (!kept.failure.ok()) return kept.failure;
  return absl::UnavailableError(absl::StrCat("host \"", host, "\" is being looked up; ask again"));
}

HostLookup::Host& HostLookup::Keep(const std::string& name) {
  if (hosts_.size() >= kMostHosts && !hosts_.contains(name)) {
    hosts_.erase(std::min_element(hosts_.begin(), hosts_.end(), [](const auto& a, const auto& b) {
      return a.second.begun < b.second.begun;
    }));
  }
  return hosts_[name];
}

absl::Status HostLookup::Begin(const std::string& name, const std::string& caller, Host& host) {
  const auto share = std::make_shared<Quota::Share>(lookups_, caller);
  if (const absl::Status status = share->Take(1); !status.ok()) {
    return absl::UnavailableError(status.message());
  }
  host.looking = true;
  host.begun = clock_.Now();
  pool_.Submit(caller, [this, name, share] { LookUp(name); });
  return absl::OkStatus();
}

void HostLookup::LookUp(const std::string& name) {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_) return;
  }
  absl::StatusOr<std::vector<IpAddress>> found = resolve_(name);
  absl::MutexLock lock(&mutex_);
  const auto host = hosts_.find(name);
  if (host == hosts_.end()) return;  // Forgotten meanwhile.
  host->second.looking = false;
  host->second.failure = found.status();
  if (!found.ok()) return;
  host->second.addresses = *std::move(found);
  host->second.found = clock_.Now();
}

}  // namespace hir
