// What names of hosts stand for, without ever waiting for DNS.
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

// All addresses of `host`, by the system's own means (DNS, /etc/hosts, ...), which may take half a
// minute. UNAVAILABLE: none, or it can't be told; the message says why.
absl::StatusOr<std::vector<IpAddress>> ResolveHost(const std::string& host);

// Looks hosts up on a few threads of its own and keeps what it found. Thread-safe.
class HostLookup {
 public:
  using Resolve = std::function<absl::StatusOr<std::vector<IpAddress>>(const std::string& host)>;

  // `clock` outlives this object. `resolve`: ResolveHost(), or what tests take for it.
  explicit HostLookup(const Clock& clock, Resolve resolve = ResolveHost);
  // Waits for the lookups under way, four at most.
  ~HostLookup();

  // The addresses of `host` by the last lookup that found some, for an hour at most; never empty.
  // When that is more than `max_age` ago, has the host looked up again, at most once a second;
  // lookups of different callers take turns. Never blocks.
  // UNAVAILABLE: not known yet (ask again), not to be found, or too much is being looked up.
  absl::StatusOr<std::vector<IpAddress>> Find(const std::string& host, const std::string& caller,
                                              absl::Duration max_age);

 private:
  struct Host {
    std::vector<IpAddress> addresses;
    absl::Time found = absl::InfinitePast();  // When `addresses` were.
    absl::Status failure;                     // Of the last lookup.
    absl::Time begun = absl::InfinitePast();  // The last lookup.
    bool looking = false;                     // It has not ended.
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
  WorkerPool pool_;  // Last: what it runs uses the others.
};

}  // namespace hir

#endif  // HIR_RPC_HOST_LOOKUP_H_
