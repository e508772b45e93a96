// The evaluations of a run: which suites there are, when each is due, and which of their numbers
// says which checkpoint is the best.
#ifndef HIR_CONFIG_EVAL_SUITES_H_
#define HIR_CONFIG_EVAL_SUITES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "hir/config/run_config.h"

namespace hir {

// All suites with their settings filled in: data.held_out, whose name is empty, if eval.every is
// above 0, then those of eval.suites.
std::vector<EvalSuite> EvalSuitesOf(const RunConfig& config);

// Whether the suite is evaluated after `step`: before the first one, every so often, after the
// last.
bool IsDue(const EvalSuite& suite, int64_t step, int64_t total_steps);

// What the names of a suite's numbers begin with: "eval/", or "eval/NAME/".
std::string MetricPrefix(std::string_view suite);

// A number of an evaluation, higher being better.
struct BestMetric {
  EvalSuite suite;
  std::string name;  // As in the suite's eval.jsonl, e.g. "prompt_strict".
};

// What checkpoint.best_metric names; nullopt while checkpoint.keep_best is false. REQUIRES: the
// configuration is valid.
std::optional<BestMetric> BestMetricOf(const RunConfig& config);

// INVALID_ARGUMENT: a suite that is never due, a best_metric that no suite gives, or patience
// without a best checkpoint.
absl::Status CheckEvaluations(const RunConfig& config);

}  // namespace hir

#endif  // HIR_CONFIG_EVAL_SUITES_H_
