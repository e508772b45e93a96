// Hands scored responses of one stream to replay until it has them, however often replay goes away
// in between.
#ifndef HIR_SERVICES_VERIFIER_REPLAY_FORWARDER_H_
#define HIR_SERVICES_VERIFIER_REPLAY_FORWARDER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/client_context.h"
#include "hir/base/clock.h"
#include "hir/common/v1/common.pb.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/retry.h"
#include "prometheus/gauge.h"

namespace hir {

struct ForwarderOptions {
  RetryPolicy retry;  // Waits between attempts to reach replay.
  // A context for one Insert call, with its deadline and whatever else it inherits.
  std::function<std::unique_ptr<grpc::ClientContext>()> make_context;
  // Asked between attempts: true gives up.
  std::function<bool()> should_stop;
  // Called once a response, in order, from the forwarder's thread: what replay did with `id`.
  std::function<void(const common::v1::SampleId& id, const replay::v1::InsertResult&)> on_result;
  // Called from the forwarder's thread when forwarding ends with an error before Finish() was
  // called: whoever would Add() may not notice for long.
  std::function<void(const absl::Status&)> on_failed;
};

// At-least-once: after a broken stream what was not answered is sent again, and replay drops what
// it had. Destroying it gives up what is pending.
class ReplayForwarder {
 public:
  // All borrowed objects outlive the forwarder. `pending_gauge` counts pending responses of all
  // forwarders.
  ReplayForwarder(replay::v1::Replay::StubInterface& replay, Clock& clock, ForwarderOptions options,
                  prometheus::Gauge& pending_gauge);
  ~ReplayForwarder();

  // Does not block: the caller bounds what it adds beyond what was answered. Returns the error that
  // ended forwarding, if one did. Keeps the response in its serialised form, and `held`, until
  // replay has answered or the forwarder ends. Thread-safe. REQUIRES: at most 64 MiB when
  // serialised.
  absl::Status Add(const common::v1::ScoredResponse& response,
                   std::shared_ptr<const void> held = nullptr);

  // Blocks until replay has answered everything; nothing may be added any more. OK, or why
  // forwarding ended before that: CANCELLED (should_stop), NOT_FOUND or FAILED_PRECONDITION (what
  // replay's stream ended with). After any other code it is tried again, since an insert may be
  // repeated.
  absl::Status Finish();

 private:
  using InsertStream =
      grpc::ClientReaderWriterInterface<common::v1::Chunk, replay::v1::InsertResult>;

  // A response as it is written to each stream, so that no try copies it.
  struct Pending {
    common::v1::SampleId id;
    std::vector<common::v1::Chunk> chunks;  // Of the serialised ScoredResponse.
    std::shared_ptr<const void> held;
  };

  void Run();
  absl::Status RunUntilClosed();
  // Sends and awaits answers over one Insert call until it breaks or everything is done.
  absl::Status RunCall();
  // False: the stream is broken. The same for Send().
  bool SendAndAwait(InsertStream& stream);
  static bool Send(const Pending& pending, InsertStream& stream);
  void TakeResult(const replay::v1::InsertResult& result);
  void LogRetry(const absl::Status& error) const;
  // Waits for something to send; false when there will be nothing more.
  bool AwaitWork();

  replay::v1::Replay::StubInterface& replay_;
  Clock& clock_;
  const ForwarderOptions options_;
  prometheus::Gauge& pending_gauge_;

  mutable absl::Mutex mutex_;
  // Shared with the sending thread, which has no lock while it writes.
  std::deque<std::shared_ptr<const Pending>> pending_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;  // Nothing will be added.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;   // The thread's work is over, with status_.
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;  // The Insert call under way.
  bool progressed_ = false;  // An answer came since the last failure. Of the thread.
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_REPLAY_FORWARDER_H_
