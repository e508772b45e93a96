// How long, and with how much, callers may let a service wait with a stream.
#ifndef HIR_RPC_STREAM_LIMITS_H_
#define HIR_RPC_STREAM_LIMITS_H_

#include <memory>

#include "absl/time/time.h"
#include "grpcpp/alarm.h"
#include "grpcpp/server_context.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/quota.h"

namespace hir {

struct StreamLimits {
  QuotaLimits streams;  // Open at once.
  // Bytes of messages that are not whole yet, and the same again of whole ones that are not done: a
  // message of the largest size for one caller, and four in all.
  QuotaLimits bytes = {.in_all = int64_t{4} * kMaxMessageBytes, .per_caller = kMaxMessageBytes};
  absl::Duration idle = absl::Minutes(15);  // Without a message. Rollout workers take new streams
                                            // after 10 minutes.
  absl::Duration unfinished = absl::Minutes(1);  // From a message's first chunk to its last.
};

// Cancels a call when a time is over: its reads and writes fail then, and the caller sees
// CANCELLED. Not thread-safe; dies before the context.
class CallAlarm {
 public:
  // `why` goes into the log.
  CallAlarm(grpc::ServerContext& context, const char* why);
  ~CallAlarm();

  // From now on, instead of what was set before.
  void Set(absl::Duration timeout);
  void Clear();

 private:
  struct State;

  const std::shared_ptr<State> state_;
  std::unique_ptr<grpc::Alarm> alarm_;
};

// Ends a call whose caller sends nothing for too long. As CallAlarm.
class StreamDeadline {
 public:
  StreamDeadline(grpc::ServerContext& context, const StreamLimits& limits)
      : idle_(limits.idle),
        unfinished_(limits.unfinished),
        alarm_(context, "its caller sends nothing") {}

  // Before each read. `unfinished`: some chunks of a message have come, not all.
  void Await(bool unfinished);

 private:
  const absl::Duration idle_;
  const absl::Duration unfinished_;
  bool in_message_ = false;
  CallAlarm alarm_;
};

// Ends a call whose caller takes nothing of what is written to it. As CallAlarm.
class WriteDeadline {
 public:
  explicit WriteDeadline(grpc::ServerContext& context, absl::Duration untaken = absl::Seconds(30))
      : untaken_(untaken), alarm_(context, "its caller takes nothing") {}

  // writer.Write(message): false when the call has ended.
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
