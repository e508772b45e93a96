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
// The metadata key of the address of the client that the worker's HTTP front calls for. Trusted
// only within one process.
inline constexpr char kHttpClient[] = "hir-http-client";

// Makes a channel to HOST:PORT (or unix:PATH); each call goes to the next of the addresses
// that HOST resolves to (round-robin). Connects at the first call and reconnects, with a backoff of
// at most 5 s, whenever the connection breaks. Pings every 30 s, so that a dead peer ends streams.
// Messages of up to 64 MiB each way. Does not block. Errors: those of MakeChannelCredentials();
// INVALID_ARGUMENT: `address` has neither form.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& address,
                                                           const TlsFiles& tls = {});

// Sets the call's deadline to `timeout` from now and passes on this thread's trace (TraceScope).
// Use it for every call.
void PrepareCall(grpc::ClientContext& context, absl::Duration timeout);

}  // namespace hir

#endif  // HIR_RPC_CHANNEL_H_
