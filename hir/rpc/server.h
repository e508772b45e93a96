// A gRPC server with health, reflection, metrics and a graceful end.
#ifndef HIR_RPC_SERVER_H_
#define HIR_RPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"
#include "hir/metrics/service_metrics.h"
#include "hir/rpc/certificate_watch.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/tls.h"

namespace hir {

// Where and how to serve.
struct ServerOptions {
  std::string address = "127.0.0.1:0";  // HOST:PORT (port 0 takes a free one) or unix:PATH.
  TlsFiles tls;
  // HOST:PORT for health v1 alone, without encryption: for probers that have no certificate, such
  // as Kubernetes' kubelet. Empty: health is served on `address` only.
  std::string health_address;
  int max_message_bytes = kMaxMessageBytes;  // Largest message received or sent.
  bool serving = true;                       // False: NOT_SERVING until SetServing(true).
};

// One service and its full name, e.g. {Replay::service_full_name(), &service}.
struct RpcService {
  std::string name;
  grpc::Service* service;  // Must outlive the server.
};

// Whether other machines can reach `address` (as in ServerOptions).
bool ReachableFromElsewhere(const std::string& address);

// Serves gRPC health v1 (for each service and for ""), reflection and the given services.
// Thread-safe. Destroying it drains for at most 5 s.
class RpcServer {
 public:
  // UNAVAILABLE: the port is in use (the message names it). INVALID_ARGUMENT: not an address.
  // Or an error of MakeServerCredentials(). `metrics` may be null; else it must outlive the server.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const ServerOptions& options,
                                                          const std::vector<RpcService>& services,
                                                          RpcMetrics* metrics = nullptr);
  ~RpcServer();

  // The port it serves on; 0 for a unix socket.
  int port() const { return port_; }
  // The port of health_address; 0 if that is empty.
  int health_port() const { return health_port_; }
  // A channel from this process to its own server, without the network. The server must outlive it.
  std::shared_ptr<grpc::Channel> InProcessChannel() { return server_->InProcessChannel({}); }
  // Sets the health of all services and of "".
  void SetServing(bool serving);
  // Health becomes NOT_SERVING at once, new calls are refused, and running calls are cancelled
  // after `deadline`. Blocks until no call runs. Further calls of Drain() do nothing.
  void Drain(absl::Duration deadline);

 private:
  explicit RpcServer(const std::vector<RpcService>& services);
  absl::Status Listen(const ServerOptions& options, const std::vector<RpcService>& services,
                      RpcMetrics* metrics);
  absl::Status ListenForProbes(const std::string& address);

  std::vector<std::string> names_;                 // Names of the services, and "".
  std::unique_ptr<CertificateWatch> certificate_;  // Null without a certificate.
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::Server> health_server_;  // Null without a health_address.
  int port_ = 0;
  int health_port_ = 0;
};

}  // namespace hir

#endif  // HIR_RPC_SERVER_H_
