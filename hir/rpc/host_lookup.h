// Resolves names of hosts without ever making the caller wait for DNS.
#ifndef HIR_RPC_HOST_LOOKUP_H_
#define HIR_RPC_HOST_LOOKUP_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"
#include "hir/base/worker_pool.h"
#include "hir/rpc/ip_address.h"
#include "hir/rpc/quota.h"

namespace hir {

// All addresses of `host` by the system's resolver (DNS, /etc/hosts, ...), which may take half a
// minute. UNAVAILABLE: it has none, or the lookup failed; the message says why.
absl::StatusOr<std::vector<IpAddress>> ResolveHost(const std::string& host);

// Looks hosts up on a few threads of its own and caches the results. Thread-safe.
class HostLookup {
 public:
  using Resolve = std::function<absl::StatusOr<std::vector<IpAddress>>(const std::string& host)>;

  // `clock` must outlive this object. Tests replace `resolve`.
  explicit HostLookup(const Clock& clock, Resolve resolve = ResolveHost);
  // Waits for running lookups, at most four.
  ~HostLookup();

  // Returns the addresses that the last successful lookup of `host` found in the last hour; never
  // empty. When that is more than `max_age` ago, starts another lookup, at most once per second and
  // host; lookups of different callers take turns. Never blocks. UNAVAILABLE: the first lookup is
  // still running (ask again), it failed, or too many lookups are waiting.
  absl::StatusOr<std::vector<IpAddress>> Find(const std::string& host, const std::string& caller,
                                              absl::Duration max_age);

 private:
  struct Host {
    std::vector<IpAddress> addresses;
    absl::Time found = absl::InfinitePast();  // When `addresses` were found.
    absl::Status failure;                     // Of the last lookup.
    absl::Time begun = absl::InfinitePast();  // Start of the last lookup.
    bool looking = false;                     // The last lookup is still running.
  };

  Host& Keep(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Begin(const std::string& name, const std::string& caller, Host& host)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookUp(const std::string& name);

  const Clock& clock_;
  const Resolve resolve_;
  Quota lookups_;
  absl::Mutex mutex_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Host> hosts_ ABSL_GUARDED_BY(mutex_);
  WorkerPool pool_;  // Declared last: its threads use the other members.
};

}  // namespace hir

#endif  // HIR_RPC_HOST_LOOKUP_H_
