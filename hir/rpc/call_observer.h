// Counts and times every call of a server.
#ifndef HIR_RPC_CALL_OBSERVER_H_
#define HIR_RPC_CALL_OBSERVER_H_

#include "grpcpp/server_builder.h"
#include "hir/metrics/service_metrics.h"

namespace hir {

// Makes the server that `builder` builds report to `metrics`, which must outlive it. A call that
// the client cancels before it is answered counts as CANCELLED.
void ObserveCalls(grpc::ServerBuilder& builder, RpcMetrics& metrics);

}  // namespace hir

#endif  // HIR_RPC_CALL_OBSERVER_H_
