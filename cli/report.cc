#include "cli/report.h"

#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/options.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/dashboard/report.h"
#include "hir/run/run_files.h"

namespace hir {

absl::Status WriteReport(const std::string& run_dir) {
  std::error_code missing;
  if (!std::filesystem::exists(run_dir + "/metrics.jsonl", missing)) {
    return absl::NotFoundError(absl::StrCat("there is no ", run_dir,
                                            "/metrics.jsonl, so no step of a run to report; runs "
                                            "are in output_dir, by default runs/."));
  }
  HIR_ASSIGN_OR_RETURN(const std::string page, RenderReport(RunFiles(run_dir)));
  return WriteFileAtomically(run_dir + "/report.html", page);
}

absl::Status RunReportCommand(absl::Span<const std::string> args) {
  const Options options(
      "hir report RUN",
      "Writes RUN/report.html, one file with the page that `hir dashboard` serves and its data:\n"
      "curves, held-out comparison, responses of the newest steps of the run in folder RUN (for\n"
      "example runs/demo). `hir train` does it at its end; call it to look at a running one.");
  if (Options::WantsHelp(args)) {
    std::cout << options.Help();
    return absl::OkStatus();
  }
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, options.Parse(args));
  if (rest.size() != 1) {
    return absl::InvalidArgumentError("`hir report` takes one argument, the folder of a run.");
  }
  HIR_RETURN_IF_ERROR(WriteReport(rest[0]));
  std::cout << "wrote " << rest[0] << "/report.html\n";
  return absl::OkStatus();
}

}  // namespace hir
