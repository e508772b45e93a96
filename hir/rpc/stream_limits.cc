#include "hir/rpc/stream_limits.h"

#include <chrono>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/log.h"

namespace hir {

// Shared with alarms, which may fire while the call ends.
struct CallAlarm::State {
  explicit State(const char* reason) : why(reason) {}

  const char* const why;
  absl::Mutex mutex;
  grpc::ServerContext* context ABSL_GUARDED_BY(mutex) = nullptr;  // Null: the call has ended.
  uint64_t changes ABSL_GUARDED_BY(mutex) = 0;  // Only the alarm of the last change counts.
};

CallAlarm::CallAlarm(grpc::ServerContext& context, const char* why)
    : state_(std::make_shared<State>(why)) {
  absl::MutexLock lock(&state_->mutex);
  state_->context = &context;
}

CallAlarm::~CallAlarm() {
  absl::MutexLock lock(&state_->mutex);
  state_->context = nullptr;
}

void CallAlarm::Clear() {
  absl::MutexLock lock(&state_->mutex);
  ++state_->changes;
}

void CallAlarm::Set(absl::Duration timeout) {
  uint64_t number = 0;
  {
    absl::MutexLock lock(&state_->mutex);
    number = ++state_->changes;
  }
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(timeout),
              [state = state_, number](bool passed) {
                if (!passed) return;
                absl::MutexLock lock(&state->mutex);
                if (state->context == nullptr || state->changes != number) return;
                Log(Severity::kWarning, "a stream ends",
                    {{"peer", state->context->peer()}, {"reason", state->why}});
                state->context->TryCancel();
              });
}

void StreamDeadline::Await(bool unfinished) {
  if (!unfinished) {
    alarm_.Set(idle_);
  } else if (!in_message_) {
    alarm_.Set(unfinished_);
  }
  in_message_ = unfinished;
}

}  // namespace hir
