// A client of gRPC's health service v1.
#ifndef HIR_RPC_HEALTH_H_
#define HIR_RPC_HEALTH_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "hir/base/clock.h"

namespace hir {

// Asks once. OK: it answered SERVING. UNAVAILABLE: not serving, or not reachable.
// DEADLINE_EXCEEDED. NOT_FOUND: the server does not know `service` ("" is the whole server).
absl::Status CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
                         absl::Duration timeout);

// Asks until it answers SERVING, `timeout` passes or `should_stop` returns true. DEADLINE_EXCEEDED:
// it never served (the message has the last answer). CANCELLED: should_stop returned true.
absl::Status WaitUntilServing(Clock& clock, const std::shared_ptr<grpc::Channel>& channel,
                              const std::string& service, absl::Duration timeout,
                              absl::FunctionRef<bool()> should_stop);

}  // namespace hir

#endif  // HIR_RPC_HEALTH_H_
