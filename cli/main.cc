// hir: the command line of the project.
#include <csignal>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "grpc/support/log.h"
#include "hir/base/log.h"

int main(int argc, char** argv) {
  hir::InitLog("hir", hir::Severity::kWarning);
  // gRPC's own complaints come back as statuses; people read those.
  gpr_set_log_function([](gpr_log_func_args*) {});
  std::signal(SIGPIPE, SIG_IGN);
  return hir::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc));
}
