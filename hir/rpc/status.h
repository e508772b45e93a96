// The one table between absl::Status and grpc::Status: codes are equal by number and name.
#ifndef HIR_RPC_STATUS_H_
#define HIR_RPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace hir {

// The same code and message.
absl::Status FromGrpc(const grpc::Status& status);
// The same code and message.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace hir

#endif  // HIR_RPC_STATUS_H_
