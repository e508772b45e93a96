#include "hir/dashboard/server.h"

#include <exception>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/status_macros.h"
#include "hir/dashboard/page.h"

namespace hir {
namespace {

using nlohmann::json;

constexpr int kThreads = 8;
constexpr char kJson[] = "application/json";
// The page loads nothing from elsewhere, and no other page can frame it.
constexpr char kHeaders[] =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'self'; img-src data:; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n";

int CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnimplemented:
      return 405;
    default:
      return 500;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<DashboardServer>> DashboardServer::Start(
    const std::string& address, std::vector<RunFiles> runs) {
  std::unique_ptr<DashboardServer> dashboard(new DashboardServer(std::move(runs)));
  HIR_ASSIGN_OR_RETURN(
      dashboard->server_,
      WebServer::Start({.what = "--listen", .address = address, .threads = kThreads},
                       [dashboard = dashboard.get()](const WebRequest& request, WebReply& reply) {
                         dashboard->Answer(request, reply);
                       }));
  return dashboard;
}

void DashboardServer::Answer(const WebRequest& request, WebReply& reply) const {
  absl::StatusOr<json> found = absl::UnimplementedError("only GET is answered");
  if (request.method == "GET") {
    for (const PageFile& file : PageFiles()) {
      if (request.path != file.path) continue;
      return reply.Send(200, std::string(file.type), std::string(file.text), kHeaders);
    }
    try {
      found = Find(request.path, request.query);
    } catch (const std::exception& error) {
      found = absl::InternalError(error.what());
    }
  }
  if (found.ok()) return reply.Send(200, kJson, JsonText(*found), kHeaders);
  const json error = {{"error", std::string(found.status().message())}};
  reply.Send(CodeOf(found.status()), kJson, JsonText(error), kHeaders);
}

absl::StatusOr<json> DashboardServer::Find(const std::string& path,
                                           const std::string& query) const {
  const auto missing = absl::NotFoundError(absl::StrCat("there is no ", path));
  const std::vector<std::string> parts = absl::StrSplit(path.substr(1), '/');
  if (parts.size() < 2 || parts[0] != "api" || parts[1] != "runs") return missing;
  if (parts.size() == 2) {
    json names = json::array();
    for (const RunFiles& run : runs_) names.push_back(run.name());
    return names;
  }
  size_t run = 0;
  if (!absl::SimpleAtoi(parts[2], &run) || run >= runs_.size()) return missing;
  if (parts.size() == 3) {
    int64_t after = 0;
    constexpr std::string_view kAfter = "after=";
    if (query.rfind(kAfter, 0) == 0) (void)absl::SimpleAtoi(query.substr(kAfter.size()), &after);
    return runs_[run].Overview(after);
  }
  int64_t step = 0;
  if (parts.size() != 5 || parts[3] != "rollouts" || !absl::SimpleAtoi(parts[4], &step)) {
    return missing;
  }
  return runs_[run].Rollouts(step);
}

}  // namespace hir
