// Decides the stored responses of a run again with the checkers of this build, for `hir verify
// --rescore`.
#ifndef HIR_EVALUATION_RESCORE_H_
#define HIR_EVALUATION_RESCORE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/checkers/core/registry.h"
#include "hir/domain/verdict.h"

namespace hir {

struct ChangedVerdict {
  int64_t step = 0;
  uint64_t task = 0;
  uint32_t sample = 0;
  std::string kind;
  Verdict before = Verdict::kFail;
  Verdict after = Verdict::kFail;
};

struct RescoreResult {
  std::string build;                  // The build that decided now.
  std::map<std::string, int> before;  // Responses by the build that decided them in the run.
  int64_t responses = 0;
  int64_t constraints = 0;
  int64_t waiting = 0;                  // Constraints that another program decides; skipped.
  int64_t rewards = 0;                  // Responses that meet all only then or only now.
  std::vector<ChangedVerdict> changed;  // In order of step, task, sample.
};

// Decides every response of RUN/rollouts/*.jsonl with `registry`. NOT_FOUND: the run has no
// rollouts. INVALID_ARGUMENT: a line can't be read, or a checker refuses what it took then; the
// message names file and line.
absl::StatusOr<RescoreResult> Rescore(const std::string& run, const CheckerRegistry& registry);

// A line for each changed verdict, then the totals.
std::string Describe(const RescoreResult& result);

}  // namespace hir

#endif  // HIR_EVALUATION_RESCORE_H_
