// Limits on what streams may make a service hold, and for how long.
#ifndef HIR_RPC_STREAM_LIMITS_H_
#define HIR_RPC_STREAM_LIMITS_H_

#include <memory>

#include "absl/time/time.h"
#include "grpcpp/alarm.h"
#include "grpcpp/server_context.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/quota.h"

namespace hir {

// Limits of all streams of one service.
struct StreamLimits {
  QuotaLimits streams;  // Streams open at once.
  // Bytes of incomplete messages, and as many again of complete ones still in progress: one message
  // of the largest size per caller, four in all.
  QuotaLimits bytes = {.in_all = int64_t{4} * kMaxMessageBytes, .per_caller = kMaxMessageBytes};
  absl::Duration idle = absl::Minutes(15);  // Without a message. Rollout workers take new streams
                                            // after 10 minutes.
  absl::Duration unfinished = absl::Minutes(1);  // From a message's first chunk to its last.
};

// Cancels a call after a time: its reads and writes fail then, and the caller sees CANCELLED. Not
// thread-safe; the context must outlive it.
class CallAlarm {
 public:
  // `why` is logged.
  CallAlarm(grpc::ServerContext& context, const char* why);
  ~CallAlarm();

  // Starts the time anew with `timeout`.
  void Set(absl::Duration timeout);
  void Clear();

 private:
  struct State;

  const std::shared_ptr<State> state_;
  std::unique_ptr<grpc::Alarm> alarm_;
};

// Cancels a call whose caller sends nothing for too long. See CallAlarm.
class StreamDeadline {
 public:
  StreamDeadline(grpc::ServerContext& context, const StreamLimits& limits)
      : idle_(limits.idle),
        unfinished_(limits.unfinished),
        alarm_(context, "its caller sends nothing") {}

  // Call before each read. `unfinished`: some but not all chunks of a message have arrived.
  void Await(bool unfinished);

 private:
  const absl::Duration idle_;
  const absl::Duration unfinished_;
  bool in_message_ = false;
  CallAlarm alarm_;
};

// Cancels a call whose caller does not read what is written to it. See CallAlarm.
class WriteDeadline {
 public:
  explicit WriteDeadline(grpc::ServerContext& context, absl::Duration untaken = absl::Seconds(30))
      : untaken_(untaken), alarm_(context, "its caller takes nothing") {}

  // Calls writer.Write(message); false when the call has ended.
  template <typename Writer, typename Message>
  bool Write(Writer& writer, const Message& message) {
    alarm_.Set(untaken_);
    const bool taken = writer.Write(message);
    alarm_.Clear();
    return taken;
  }

 private:
  const absl::Duration untaken_;
  CallAlarm alarm_;
};

}  // namespace hir

#endif  // HIR_RPC_STREAM_LIMITS_H_
