// `hir report`: writes report.html into the folder of a run.
#ifndef HIR_CLI_REPORT_H_
#define HIR_CLI_REPORT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace hir {

// Writes `run_dir`/report.html, the page of the run with its data inside. What a young or
// unevaluated run lacks is left out of the page. NOT_FOUND: no metrics.jsonl in `run_dir`.
// INVALID_ARGUMENT: a line that is not what it should be (named).
absl::Status WriteReport(const std::string& run_dir);

// The command: one argument, the run's folder; --help.
absl::Status RunReportCommand(absl::Span<const std::string> args);

}  // namespace hir

#endif  // HIR_CLI_REPORT_H_
