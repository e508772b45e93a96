// Serves a registry at http://ADDRESS/metrics for Prometheus.
#ifndef HIR_PROCESS_METRICS_SERVER_H_
#define HIR_PROCESS_METRICS_SERVER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "hir/http/web_server.h"
#include "prometheus/registry.h"

namespace hir {

// Thread-safe. Stops serving when destroyed.
class MetricsServer {
 public:
  // `address`: see WebServerOptions. Errors: those of WebServer::Start() with --metrics-listen.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& address, std::shared_ptr<const prometheus::Registry> registry);

  // The port it serves on.
  int port() const { return server_->port(); }

 private:
  explicit MetricsServer(std::unique_ptr<WebServer> server) : server_(std::move(server)) {}

  const std::unique_ptr<WebServer> server_;
};

}  // namespace hir

#endif  // HIR_PROCESS_METRICS_SERVER_H_
