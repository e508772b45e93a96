// A run's report: the page with the run's data in one file.
#ifndef HIR_DASHBOARD_REPORT_H_
#define HIR_DASHBOARD_REPORT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "hir/run/run_files.h"

namespace hir {

// The most that a report holds of responses, in bytes of JSON, so that browsers open it quickly.
inline constexpr size_t kMaxReportedResponses = 4 << 20;

// Renders what DashboardServer shows of `run` as one HTML document that needs no server and no
// network: all steps and evaluations, and the responses of the newest steps, in whole steps up to
// `max_responses` bytes, but at least the first response of the newest step. The page says what was
// left out. Errors: those of RunFiles.
absl::StatusOr<std::string> RenderReport(const RunFiles& run,
                                         size_t max_responses = kMaxReportedResponses);

// Writes `run_dir`/report.html, the page of the run with its data inside, and returns its path.
// What a young or unevaluated run lacks is left out of the page. NOT_FOUND: no metrics.jsonl in
// `run_dir`. Errors of RunFiles.
absl::StatusOr<std::string> WriteReport(const std::string& run_dir);

}  // namespace hir

#endif  // HIR_DASHBOARD_REPORT_H_
