// Lets a program wait for SIGTERM and SIGINT.
#ifndef HIR_PROCESS_STOP_SIGNAL_H_
#define HIR_PROCESS_STOP_SIGNAL_H_

#include "absl/time/time.h"

namespace hir {

// Catches SIGTERM and SIGINT while it lives; the handler only sets an atomic and writes a byte to a
// pipe. At most one may exist per process. Thread-safe.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // Whether a signal arrived or Stop() was called.
  bool stopped() const;
  // The signal's number; 0 before any signal and after Stop().
  int signal() const;
  // Blocks until a signal arrives or `timeout` passes; returns stopped().
  bool Wait(absl::Duration timeout = absl::InfiniteDuration()) const;
  // Acts as if a signal had arrived, for a service that ends by itself.
  void Stop();

 private:
  int read_fd_;
};

}  // namespace hir

#endif  // HIR_PROCESS_STOP_SIGNAL_H_
