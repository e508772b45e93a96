// metrics.jsonl of a run: one JSON object a step, in order, whatever resumes happened in between.
#ifndef HIR_SERVICES_LEARNER_METRICS_LOG_H_
#define HIR_SERVICES_LEARNER_METRICS_LOG_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hir {

// Not thread-safe.
class MetricsLog {
 public:
  explicit MetricsLog(std::string path) : path_(std::move(path)) {}

  // Drops the lines of steps after `step`, which will be trained again, and a torn last line.
  // UNAVAILABLE: the file can't be written.
  absl::Status TruncateAfter(int64_t step);

  // Appends {"step": step, name: value, ...}, names in order. Values that are not finite become
  // null. UNAVAILABLE: the file can't be written.
  absl::Status Append(int64_t step, const std::map<std::string, double>& metrics);

  // What was appended for `step`, without values that were not finite; empty if nothing was.
  // UNAVAILABLE: the file can't be read.
  absl::StatusOr<std::map<std::string, double>> MetricsOf(int64_t step) const;

 private:
  std::string path_;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_METRICS_LOG_H_
