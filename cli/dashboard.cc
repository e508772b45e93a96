// `hir dashboard`: a page with the curves and responses of a run.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "hir/base/status_macros.h"
#include "hir/dashboard/server.h"
#include "hir/rpc/stop_signal.h"

namespace hir {

absl::Status RunDashboardCommand(absl::Span<const std::string> args) {
  std::string listen = "127.0.0.1:8090";
  Options options(
      "hir dashboard RUN [OTHER]",
      "Serves a web page with the curves and responses of the run in folder RUN (for\n"
      "example runs/demo), which may still be training: the page follows it. A second\n"
      "run is drawn beside it. Ends with Ctrl-C. Whoever reaches the address can read.");
  options.Text("listen", &listen, "HOST:PORT of the page; default 127.0.0.1:8090, port 0 is any");
  if (Options::WantsHelp(args)) {
    std::cout << options.Help();
    return absl::OkStatus();
  }
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> folders, options.Parse(args));
  if (folders.empty() || folders.size() > 2) {
    return absl::InvalidArgumentError(
        "`hir dashboard` takes the folder of a run, and perhaps that of one to compare it with.");
  }
  std::vector<RunFiles> runs;
  for (const std::string& folder : folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      return absl::NotFoundError(absl::StrCat(
          "there is no folder ", folder, "; runs are in runs/ unless output_dir says otherwise."));
    }
    runs.emplace_back(folder);
  }
  StopSignal signal;
  HIR_ASSIGN_OR_RETURN(const auto server, DashboardServer::Start(listen, std::move(runs)));
  std::cout << "http://" << listen.substr(0, listen.rfind(':')) << ":" << server->port() << "/"
            << std::endl;
  signal.Wait();
  return absl::OkStatus();
}

}  // namespace hir
