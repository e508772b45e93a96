// metrics.jsonl of a run: one JSON object per step, in order, whatever resumes happened in between.
#ifndef HIR_RUN_METRICS_LOG_H_
#define HIR_RUN_METRICS_LOG_H_

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

  // Keeps of the steps up to `step` one line each, the first; those after it will be trained again.
  // A line that is not a JSON object goes. UNAVAILABLE: the file can't be written.
  absl::Status TruncateAfter(int64_t step);

  // Appends {"step": step, "batch_digest": ..., name: value, ...}, names in order; without the
  // digest where it is empty. Values that are not finite become null. UNAVAILABLE: the file can't
  // be written.
  absl::Status Append(int64_t step, const std::string& batch_digest,
                      const std::map<std::string, double>& metrics);

  // What was appended for `step`, without values that were not finite; empty if nothing was.
  // Errors of ReadStepLines().
  absl::StatusOr<std::map<std::string, double>> MetricsOf(int64_t step) const;

  // The digest of the trained batch by step. Errors: those of MetricsOf().
  absl::StatusOr<std::map<int64_t, std::string>> Digests() const;

  // Whether a line of `step` is there. Errors as MetricsOf().
  absl::StatusOr<bool> Has(int64_t step) const;

  // The highest step; 0 when there is none. Errors as MetricsOf().
  absl::StatusOr<int64_t> LastStep() const;

 private:
  std::string path_;
};

}  // namespace hir

#endif  // HIR_RUN_METRICS_LOG_H_
