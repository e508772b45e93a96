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

// Cancels a call whose caller sends nothing for too long: its reads and writes fail then, and the
// caller sees CANCELLED. Not thread-safe; dies before the context.
class StreamDeadline {
 public:
  StreamDeadline(grpc::ServerContext& context, const StreamLimits& limits);
  ~StreamDeadline();

  // Before each read. `unfinished`: some chunks of a message have come, not all.
  void Await(bool unfinished);

 private:
  struct State;
  void Set(absl::Duration timeout);

  const absl::Duration idle_;
  const absl::Duration unfinished_;
  const std::shared_ptr<State> state_;
  bool in_message_ = false;
  std::unique_ptr<grpc::Alarm> alarm_;
};

}  // namespace hir

#endif  // HIR_RPC_STREAM_LIMITS_H_
