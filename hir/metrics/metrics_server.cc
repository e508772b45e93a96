#include "hir/metrics/metrics_server.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/base/web_server.h"
#include "prometheus/exposer.h"

namespace hir {

MetricsServer::MetricsServer(std::shared_ptr<prometheus::Registry> registry,
                             std::unique_ptr<prometheus::Exposer> exposer, int port)
    : registry_(std::move(registry)), exposer_(std::move(exposer)), port_(port) {}

MetricsServer::~MetricsServer() {
  StopWebServer(port_, [this] { exposer_.reset(); });
}

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address, std::shared_ptr<prometheus::Registry> registry) {
  HIR_ASSIGN_OR_RETURN(const std::string numeric, WebServerAddress("metrics address", address));
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(numeric, 1);
    exposer->RegisterCollectable(registry);
    const int chosen = exposer->GetListeningPorts().at(0);
    return std::unique_ptr<MetricsServer>(
        new MetricsServer(std::move(registry), std::move(exposer), chosen));
  } catch (const std::exception&) {
    return absl::UnavailableError(absl::StrCat("can't serve metrics on ", address, ": ",
                                               ListenProblem(numeric),
                                               "; choose another address with --metrics-listen."));
  }
}

}  // namespace hir
