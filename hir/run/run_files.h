// Reads a run's folder for the page, while `hir train` may be writing to it.
#ifndef HIR_RUN_RUN_FILES_H_
#define HIR_RUN_RUN_FILES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// Reads the files again with every call. A file that does not exist yet counts as empty, and a line
// that is still being written is skipped. Thread-safe. Errors of CheckRunFormat() besides those
// that are named.
class RunFiles {
 public:
  explicit RunFiles(std::string folder) : folder_(std::move(folder)) {}

  // The last part of the folder's path.
  std::string name() const;

  // {"name", "config": YAML text, "metrics": lines of metrics.jsonl with a step above `after_step`,
  // "evals": lines of eval.jsonl, "comparison": comparison.json or null, "rollout_steps": [...]}.
  // Steps count from 1, an evaluation before the first one has 0. INVALID_ARGUMENT: a line that is
  // not a JSON object or has no step; the message names file and line and says what to do.
  absl::StatusOr<nlohmann::json> Overview(int64_t after_step) const;

  // The responses of one step without their tokens; docs/run-folder.md names the fields. NOT_FOUND:
  // that step has none. INVALID_ARGUMENT as above.
  absl::StatusOr<nlohmann::json> Rollouts(int64_t step) const;

 private:
  const std::string folder_;
};

}  // namespace hir

#endif  // HIR_RUN_RUN_FILES_H_
