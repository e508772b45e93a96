// The dashboard's server: a web page with a run's curves and responses, and the data that it
// requests.
#ifndef HIR_DASHBOARD_SERVER_H_
#define HIR_DASHBOARD_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/http/web_server.h"
#include "hir/run/run_files.h"

namespace hir {

// Serves until it is destroyed:
//   GET / and PageFiles()         the page, which needs nothing from elsewhere
//   GET /api/runs                 [name, ...]
//   GET /api/runs/I?after=STEP    RunFiles::Overview() of run I
//   GET /api/runs/I/rollouts/STEP RunFiles::Rollouts()
// Errors are {"error": sentence}. Anyone who reaches the address may read; nothing can be written.
class DashboardServer {
 public:
  // The first run is shown, a second one is compared with it. INVALID_ARGUMENT,
  // UNAVAILABLE: WebServer::Start() with --listen.
  static absl::StatusOr<std::unique_ptr<DashboardServer>> Start(const std::string& address,
                                                                std::vector<RunFiles> runs);

  int port() const { return server_->port(); }

 private:
  explicit DashboardServer(std::vector<RunFiles> runs) : runs_(std::move(runs)) {}
  void Answer(const WebRequest& request, WebReply& reply) const;
  absl::StatusOr<nlohmann::json> Find(const std::string& path, const std::string& query) const;

  const std::vector<RunFiles> runs_;
  std::unique_ptr<WebServer> server_;
};

}  // namespace hir

#endif  // HIR_DASHBOARD_SERVER_H_
