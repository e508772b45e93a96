#include "hir/process/metrics_server.h"

#include <utility>

#include "hir/base/status_macros.h"
#include "prometheus/text_serializer.h"

namespace hir {

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address, std::shared_ptr<const prometheus::Registry> registry) {
  const auto answer = [registry = std::move(registry)](const WebRequest& request, WebReply& reply) {
    if (request.path != "/metrics") {
      return reply.Send(404, "text/plain", "there is /metrics only\n");
    }
    if (request.method != "GET") return reply.Send(405, "text/plain", "use GET\n");
    reply.Send(200, "text/plain; version=0.0.4; charset=utf-8",
               prometheus::TextSerializer().Serialize(registry->Collect()));
  };
  HIR_ASSIGN_OR_RETURN(auto server,
                       WebServer::Start({.what = "--metrics-listen", .address = address}, answer));
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(server)));
}

}  // namespace hir
