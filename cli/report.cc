// `hir report`: writes report.html into the folder of a run.
#include "hir/dashboard/report.h"

#include <iostream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "hir/base/status_macros.h"

namespace hir {

absl::Status RunReportCommand(absl::Span<const std::string> args) {
  const Options options(
      "hir report RUN",
      "Writes RUN/report.html, one file with the page that `hir dashboard` serves and its data:\n"
      "curves, held-out comparison, responses of the newest steps of the run in folder RUN (for\n"
      "example runs/demo). `hir train` does it at its end; call it to look at a running one.");
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, options.Parse(args));
  if (rest.size() != 1) {
    return absl::InvalidArgumentError("`hir report` takes one argument, the folder of a run.");
  }
  HIR_ASSIGN_OR_RETURN(const std::string report, WriteReport(rest[0]));
  std::cout << "wrote " << report << "\n";
  return absl::OkStatus();
}

}  // namespace hir
