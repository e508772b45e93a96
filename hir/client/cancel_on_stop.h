// Cancels a call that may be silent for a long time when the program is told to stop.
#ifndef HIR_CLIENT_CANCEL_ON_STOP_H_
#define HIR_CLIENT_CANCEL_ON_STOP_H_

#include <functional>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"

namespace hir {

// Cancels `context` once `should_stop` returns true, asked every 100 ms from a thread of its own.
// `context` must outlive it.
class CancelOnStop {
 public:
  CancelOnStop(grpc::ClientContext& context, std::function<bool()> should_stop)
      : thread_([this, &context, should_stop = std::move(should_stop)] {
          while (!over_.WaitForNotificationWithTimeout(absl::Milliseconds(100))) {
            if (should_stop()) return context.TryCancel();
          }
        }) {}
  ~CancelOnStop() {
    over_.Notify();
    thread_.join();
  }
  CancelOnStop(const CancelOnStop&) = delete;
  CancelOnStop& operator=(const CancelOnStop&) = delete;

 private:
  absl::Notification over_;
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_CLIENT_CANCEL_ON_STOP_H_
