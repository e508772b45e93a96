// Connections to the other services.
#ifndef HIR_RPC_CHANNEL_H_
#define HIR_RPC_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "hir/rpc/tls.h"

namespace hir {

// The metadata key of W3C trace context.
inline constexpr char kTraceparent[] = "traceparent";
// That of the address of whom our own HTTP front calls for; believed within one process only.
inline constexpr char kHttpClient[] = "hir-http-client";

// Makes a channel to HOST:PORT (or unix:PATH); calls go round the addresses that HOST stands for.
// Connects at the first call and again, within 5 s of
// backoff, whenever the connection breaks. Pings every 30 s, so that a dead peer ends streams.
// Messages of up to 64 MiB each way. Does not block. Errors: those of MakeChannelCredentials();
// INVALID_ARGUMENT: `address` is neither.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& address,
                                                           const TlsFiles& tls = {});

// Sets the deadline of a call from now, and hands on the trace that this thread is in (TraceScope).
// Every call goes through it.
void PrepareCall(grpc::ClientContext& context, absl::Duration timeout);

}  // namespace hir

#endif  // HIR_RPC_CHANNEL_H_
