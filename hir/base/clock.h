// Time as an injected dependency, so that tests move it by hand.
#ifndef HIR_BASE_CLOCK_H_
#define HIR_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hir {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // Blocks the calling thread for at least `duration`.
  virtual void Sleep(absl::Duration duration) = 0;
};

// The machine's clock.
class RealClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
  void Sleep(absl::Duration duration) override { absl::SleepFor(duration); }
};

}  // namespace hir

#endif  // HIR_BASE_CLOCK_H_
