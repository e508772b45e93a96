// Lets calls into a server, or refuses them before their handlers run.
#ifndef HIR_RPC_CALL_DOOR_H_
#define HIR_RPC_CALL_DOOR_H_

#include <memory>

#include "grpcpp/security/server_credentials.h"

namespace hir {

// Makes servers with these credentials refuse calls of another wire format (wire_format.h).
void CheckCalls(grpc::ServerCredentials& credentials);

// Credentials of a server without encryption that does the same. gRPC's own take no check.
std::shared_ptr<grpc::ServerCredentials> CheckedPlaintextCredentials();

}  // namespace hir

#endif  // HIR_RPC_CALL_DOOR_H_
