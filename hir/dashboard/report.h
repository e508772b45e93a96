// A run told in one file: its page with its data inside.
#ifndef HIR_DASHBOARD_REPORT_H_
#define HIR_DASHBOARD_REPORT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "hir/run/run_files.h"

namespace hir {

// Responses take so much of a report, in bytes of JSON, that browsers open it at once.
inline constexpr size_t kMaxReportedResponses = 4 << 20;

// What DashboardServer shows of `run` as one HTML document that needs no server and no network: all
// steps and evaluations, and the responses of the newest steps, whole steps within `max_responses`
// bytes; of the newest step at least its first response. The page says what was left out. Errors of
// RunFiles.
absl::StatusOr<std::string> RenderReport(const RunFiles& run,
                                         size_t max_responses = kMaxReportedResponses);

// Writes `run_dir`/report.html, the page of the run with its data inside, and returns its path.
// What a young or unevaluated run lacks is left out of the page. NOT_FOUND: no metrics.jsonl in
// `run_dir`. Errors of RunFiles.
absl::StatusOr<std::string> WriteReport(const std::string& run_dir);

}  // namespace hir

#endif  // HIR_DASHBOARD_REPORT_H_
