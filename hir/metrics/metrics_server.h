// Serves a registry at http://ADDRESS/metrics for Prometheus.
#ifndef HIR_METRICS_METRICS_SERVER_H_
#define HIR_METRICS_METRICS_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "prometheus/registry.h"

namespace prometheus {
class Exposer;
}

namespace hir {

// Thread-safe. Stops serving when destroyed.
class MetricsServer {
 public:
  // `address` is HOST:PORT, the host being numeric or localhost; port 0 takes a free one.
  // UNAVAILABLE: nothing can listen there; the message says why. INVALID_ARGUMENT: not an address.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& address, std::shared_ptr<prometheus::Registry> registry);
  ~MetricsServer();

  // The port that is served.
  int port() const { return port_; }

 private:
  MetricsServer(std::shared_ptr<prometheus::Registry> registry,
                std::unique_ptr<prometheus::Exposer> exposer, int port);

  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  int port_;
};

}  // namespace hir

#endif  // HIR_METRICS_METRICS_SERVER_H_
