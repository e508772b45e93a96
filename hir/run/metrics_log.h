// Reads and writes metrics.jsonl of a run: one JSON object per step, in order, across resumes.
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

  // Keeps the first line of each step up to `step`; later steps will be trained again. Also removes
  // lines that are not JSON objects. UNAVAILABLE: the file can't be written.
  absl::Status TruncateAfter(int64_t step);

  // Appends {"step": step, "batch_digest": ..., name: value, ...}, names in order, and without the
  // digest if it is empty. Values that are not finite become null. UNAVAILABLE: the file can't be
  // written.
  absl::Status Append(int64_t step, const std::string& batch_digest,
                      const std::map<std::string, double>& metrics);

  // Returns the metrics of `step` without those that were not finite; empty if there are none.
  // Errors of ReadStepLines().
  absl::StatusOr<std::map<std::string, double>> MetricsOf(int64_t step) const;

  // Returns the digests of the trained batches by step. Errors: those of MetricsOf().
  absl::StatusOr<std::map<int64_t, std::string>> Digests() const;

  // Whether `step` has a line. Errors as MetricsOf().
  absl::StatusOr<bool> Has(int64_t step) const;

  // Returns the highest step; 0 if there is none. Errors as MetricsOf().
  absl::StatusOr<int64_t> LastStep() const;

 private:
  std::string path_;
};

}  // namespace hir

#endif  // HIR_RUN_METRICS_LOG_H_
