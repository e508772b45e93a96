// Retries with jittered exponential backoff. Only UNAVAILABLE and DEADLINE_EXCEEDED are retried.
#ifndef HIR_RPC_RETRY_H_
#define HIR_RPC_RETRY_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"
#include "hir/base/random.h"

namespace hir {

// How often and how long to retry.
struct RetryPolicy {
  absl::Duration initial = absl::Milliseconds(100);  // First wait; > 0.
  absl::Duration max = absl::Seconds(5);             // Longest wait; >= initial.
  double multiplier = 2.0;                           // >= 1.
  double jitter = 0.2;   // A wait is drawn from wait * [1 - jitter, 1 + jitter]; in [0, 1).
  int max_attempts = 0;  // Calls in all; 0 = no limit.
  absl::Duration max_elapsed = absl::InfiniteDuration();  // No new attempt after this.
};

// Whether `status` is UNAVAILABLE or DEADLINE_EXCEEDED.
bool IsRetryable(const absl::Status& status);

// The sequence of waits of one policy. Not thread-safe.
class Backoff {
 public:
  // `seed` of the jitter; must differ between processes, so that they do not retry in step.
  Backoff(const RetryPolicy& policy, uint64_t seed);
  // The next wait: longer from call to call, up to max * (1 + jitter).
  absl::Duration Next();
  // Starts again from the first wait, after a success.
  void Reset();

 private:
  RetryPolicy policy_;
  CounterRandom random_;
  absl::Duration wait_;
};

// Calls `fn` until it succeeds, fails with another code, the policy is used up or `should_stop`
// returns true (asked at least every 100 ms while waiting). Returns the last status of `fn`.
absl::Status Retry(Clock& clock, const RetryPolicy& policy, absl::FunctionRef<absl::Status()> fn,
                   absl::FunctionRef<bool()> should_stop);

}  // namespace hir

#endif  // HIR_RPC_RETRY_H_
