// A client of gRPC's health service v1.
#ifndef HIR_RPC_HEALTH_H_
#define HIR_RPC_HEALTH_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"

namespace hir {

// Asks once. OK: it answered SERVING. UNAVAILABLE: not serving, or not reachable.
// DEADLINE_EXCEEDED. NOT_FOUND: the server does not know `service` ("" is the whole server).
absl::Status CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
                         absl::Duration timeout);

}  // namespace hir

#endif  // HIR_RPC_HEALTH_H_
