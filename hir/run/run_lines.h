// The JSON Lines of a run's folder, read while `hir train` may be writing them.
#ifndef HIR_RUN_RUN_LINES_H_
#define HIR_RUN_RUN_LINES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/base/record_lines.h"
#include "nlohmann/json.hpp"

namespace hir {

// All whole lines; none where there is no file. INVALID_ARGUMENT: a line is not a JSON object; the
// message names file and line and says what to do. UNAVAILABLE: the file can't be read.
absl::StatusOr<std::vector<RecordLine>> ReadRunLines(const std::string& path);

// A line of metrics.jsonl or eval.jsonl.
struct StepLine {
  int64_t step = 0;       // The step of the line.
  nlohmann::json object;  // The whole line.
};

// As above. INVALID_ARGUMENT: also a line without a step.
absl::StatusOr<std::vector<StepLine>> ReadStepLines(const std::string& path);

}  // namespace hir

#endif  // HIR_RUN_RUN_LINES_H_
