// Tracks open streams, so that a shutdown can end them.
#ifndef HIR_SERVICES_REPLAY_OPEN_STREAMS_H_
#define HIR_SERVICES_REPLAY_OPEN_STREAMS_H_

#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"

namespace hir {

// Thread-safe.
class OpenStreams {
 public:
  // Counts the call of `context` as open while this object lives. After Stop() the call is
  // cancelled at once.
  class Member {
   public:
    Member(OpenStreams& streams, grpc::ServerContext& context)
        : streams_(streams), context_(context) {
      absl::MutexLock lock(&streams_.mutex_);
      if (streams_.stopped_) context_.TryCancel();
      streams_.contexts_.insert(&context_);
    }
    ~Member() {
      absl::MutexLock lock(&streams_.mutex_);
      streams_.contexts_.erase(&context_);
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

   private:
    OpenStreams& streams_;
    grpc::ServerContext& context_;
  };

  // Cancels the open calls and all later ones: their reads and writes fail.
  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    for (grpc::ServerContext* context : contexts_) context->TryCancel();
  }

 private:
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<grpc::ServerContext*> contexts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_OPEN_STREAMS_H_
