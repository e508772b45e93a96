#include "hir/rpc/stream_limits.h"

#include <chrono>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/log.h"

namespace hir {

// Shared with alarms, which may go off while the call ends.
struct StreamDeadline::State {
  absl::Mutex mutex;
  grpc::ServerContext* context ABSL_GUARDED_BY(mutex) = nullptr;  // Null: the call has ended.
  uint64_t alarms ABSL_GUARDED_BY(mutex) = 0;  // Set so far; the last one counts.
};

StreamDeadline::StreamDeadline(grpc::ServerContext& context, const StreamLimits& limits)
    : idle_(limits.idle), unfinished_(limits.unfinished), state_(std::make_shared<State>()) {
  absl::MutexLock lock(&state_->mutex);
  state_->context = &context;
}

StreamDeadline::~StreamDeadline() {
  absl::MutexLock lock(&state_->mutex);
  state_->context = nullptr;
}

void StreamDeadline::Await(bool unfinished) {
  if (!unfinished) {
    Set(idle_);
  } else if (!in_message_) {
    Set(unfinished_);
  }
  in_message_ = unfinished;
}

void StreamDeadline::Set(absl::Duration timeout) {
  uint64_t number = 0;
  {
    absl::MutexLock lock(&state_->mutex);
    number = ++state_->alarms;
  }
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(timeout),
              [state = state_, number](bool passed) {
                if (!passed) return;
                absl::MutexLock lock(&state->mutex);
                if (state->context == nullptr || state->alarms != number) return;
                Log(Severity::kWarning, "a stream ends: its caller sends nothing",
                    {{"peer", state->context->peer()}});
                state->context->TryCancel();
              });
}

}  // namespace hir
