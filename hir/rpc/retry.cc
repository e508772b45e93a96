#include "hir/rpc/retry.h"

#include <algorithm>

namespace hir {
namespace {

constexpr absl::Duration kLongestNap = absl::Milliseconds(100);

// Returns true when `should_stop` did before `wait` was over.
bool Nap(Clock& clock, absl::Duration wait, absl::FunctionRef<bool()> should_stop) {
  while (wait > absl::ZeroDuration()) {
    if (should_stop()) return true;
    const absl::Duration nap = std::min(wait, kLongestNap);
    clock.Sleep(nap);
    wait -= nap;
  }
  return should_stop();
}

}  // namespace

bool IsRetryable(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

Backoff::Backoff(const RetryPolicy& policy, uint64_t seed)
    : policy_(policy), random_(seed, 0), wait_(policy.initial) {}

absl::Duration Backoff::Next() {
  const double factor = 1 + policy_.jitter * (2 * random_.Uniform() - 1);
  const absl::Duration wait = wait_ * factor;
  wait_ = std::min(wait_ * policy_.multiplier, policy_.max);
  return wait;
}

void Backoff::Reset() { wait_ = policy_.initial; }

absl::Status Retry(Clock& clock, const RetryPolicy& policy, absl::FunctionRef<absl::Status()> fn,
                   absl::FunctionRef<bool()> should_stop) {
  const absl::Time start = clock.Now();
  // Seeded by time, so that callers that fail together do not retry together.
  Backoff backoff(policy, static_cast<uint64_t>(absl::ToUnixNanos(start)));
  for (int attempt = 1;; ++attempt) {
    const absl::Status status = fn();
    if (status.ok() || !IsRetryable(status) || attempt == policy.max_attempts) return status;
    if (Nap(clock, backoff.Next(), should_stop)) return status;
    if (clock.Now() - start >= policy.max_elapsed) return status;
  }
}

}  // namespace hir
