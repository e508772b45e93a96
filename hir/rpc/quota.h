// Limits what a service holds at once - bytes, streams, sequences - in all and per caller.
#ifndef HIR_RPC_QUOTA_H_
#define HIR_RPC_QUOTA_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace hir {

// The most that may be held at once.
struct QuotaLimits {
  int64_t in_all;
  int64_t per_caller;
};

// Counts what is held against the limits. Thread-safe.
class Quota {
 public:
  // `what` names the held thing in errors, e.g. "bytes of unfinished messages".
  Quota(std::string what, const QuotaLimits& limits) : what_(std::move(what)), limits_(limits) {}

  // What one call of one caller holds; the destructor gives it back. The quota must outlive it. Not
  // thread-safe.
  class Share {
   public:
    // A share without a quota: every Take() succeeds.
    Share() = default;
    // `caller` identifies who made the call, e.g. grpc::ServerContext::peer().
    Share(Quota& quota, std::string caller) : quota_(&quota), caller_(std::move(caller)) {}
    Share(Share&& other) noexcept { *this = std::move(other); }
    Share& operator=(Share&& other) noexcept;
    ~Share() { GiveBack(); }

    // Takes `count` more. RESOURCE_EXHAUSTED: that would exceed a limit, which the message names;
    // nothing is taken.
    absl::Status Take(int64_t count);
    // The same, but waits until others have given back enough. RESOURCE_EXHAUSTED: `count` alone
    // exceeds a limit. CANCELLED: `stop` returned true; it is polled about every 100 ms.
    absl::Status TakeWhenFree(int64_t count, const std::function<bool()>& stop);
    // Gives back everything.
    void GiveBack();

   private:
    Quota* quota_ = nullptr;
    std::string caller_;
    int64_t held_ = 0;
  };

  // Held by all callers together.
  int64_t held() const {
    absl::MutexLock lock(&mutex_);
    return held_;
  }

 private:
  absl::Status Take(const std::string& caller, int64_t count);
  void AwaitRoom(const std::string& caller, int64_t count, absl::Duration timeout) const;
  int64_t HeldBy(const std::string& caller) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void GiveBack(const std::string& caller, int64_t count);

  const std::string what_;
  const QuotaLimits limits_;
  mutable absl::Mutex mutex_;
  int64_t held_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int64_t> held_by_ ABSL_GUARDED_BY(mutex_);  // Per caller; no zeros.
};

}  // namespace hir

#endif  // HIR_RPC_QUOTA_H_
