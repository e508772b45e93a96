// `hir dashboard`: a page with the curves and responses of a run.
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/ring_options.h"
#include "hir/base/status_macros.h"
#include "hir/dashboard/server.h"
#include "hir/driver/run_mirror.h"
#include "hir/process/stop_signal.h"
#include "hir/run/format.h"

namespace hir {
namespace {

struct DashboardCommand {
  std::vector<std::string> folders;
  std::string listen = "127.0.0.1:8090";
  RingAddresses connect;
  std::string run;
  TlsFiles tls;
};

Options DashboardOptions(DashboardCommand& command) {
  Options options(
      "hir dashboard RUN [OTHER], or --connect HOST:PORT --learner HOST:PORT --run NAME",
      "Serves a web page with the curves and responses of the run in folder RUN (for\n"
      "example runs/demo), which may still be training: the page follows it. A second\n"
      "run is drawn beside it. With --connect the run is one of services elsewhere,\n"
      "from its last step on. Ends with Ctrl-C. Whoever reaches the address can read.");
  options.Text("listen", &command.listen,
               "HOST:PORT of the page; default 127.0.0.1:8090, port 0 is any");
  options.Text("connect", &command.connect.replay, "HOST:PORT of hir-replay");
  options.Text("learner", &command.connect.learner, "HOST:PORT of hir-learner's rank 0");
  options.Text("run", &command.run, "name of the run there");
  AddTlsOptions(options, command.tls);
  return options;
}

absl::Status CheckCommand(const DashboardCommand& command) {
  const int given =
      !command.connect.replay.empty() + !command.connect.learner.empty() + !command.run.empty();
  if (given != 0 && given != 3) {
    return absl::InvalidArgumentError(
        "a run of services elsewhere needs all of --connect, --learner and --run.");
  }
  const size_t runs = command.folders.size() + (given == 0 ? 0 : 1);
  if (runs < 1 || runs > 2) {
    return absl::InvalidArgumentError(
        "`hir dashboard` takes the folder of a run, and perhaps that of one to compare it with.");
  }
  for (const std::string& folder : command.folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      return absl::NotFoundError(absl::StrCat("there is no folder ", folder,
                                              "; runs are in output_dir, by default runs/."));
    }
    HIR_RETURN_IF_ERROR(CheckRunFormat(folder));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunDashboardCommand(absl::Span<const std::string> args) {
  DashboardCommand command;
  Options options = DashboardOptions(command);
  HIR_ASSIGN_OR_RETURN(command.folders, options.Parse(args));
  HIR_RETURN_IF_ERROR(CheckCommand(command));
  StopSignal signal;
  RingStubs stubs;
  std::unique_ptr<RunMirror> mirror;
  std::vector<RunFiles> runs;
  if (!command.run.empty()) {
    HIR_ASSIGN_OR_RETURN(stubs, ConnectRing(command.connect, command.tls));
    HIR_ASSIGN_OR_RETURN(
        mirror, RunMirror::Start(stubs, command.run, [&signal] { return signal.stopped(); }));
    runs.emplace_back(mirror->folder());
  }
  for (const std::string& folder : command.folders) runs.emplace_back(folder);
  auto server = DashboardServer::Start(command.listen, std::move(runs));
  if (server.ok()) {
    std::cout << "http://" << command.listen.substr(0, command.listen.rfind(':')) << ":"
              << (*server)->port() << "/" << std::endl;
    signal.Wait();
  }
  // The mirror's thread ends by it.
  signal.Stop();
  return server.status();
}

}  // namespace hir
