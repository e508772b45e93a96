#include "hir/evaluation/compare.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"
#include "hir/evaluation/statistics.h"

namespace hir {
namespace {

using EvalVerdicts = std::vector<std::vector<Verdict>>;  // By prompt.

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// `value_of` is what a prompt's verdicts are worth.
ComparedMetric Compare(const std::string& metric, const EvalVerdicts& before,
                       const EvalVerdicts& after, double (*value_of)(const std::vector<Verdict>&)) {
  std::vector<double> first(before.size()), last(after.size());
  std::transform(before.begin(), before.end(), first.begin(), value_of);
  std::transform(after.begin(), after.end(), last.begin(), value_of);
  return {metric, Mean(first), Mean(last), PairedDifference(first, last)};
}

std::string Sentence(const ComparedMetric& metric) {
  const Interval& change = metric.change;
  const bool noise = change.low <= 0 && change.high >= 0;
  return absl::StrFormat(
      "%s: %.1f %% before, %.1f %% after; difference %+.1f points, 95 %% interval [%+.1f, %+.1f] "
      "(%s)",
      metric.metric, 100 * metric.before, 100 * metric.after, 100 * change.value, 100 * change.low,
      100 * change.high, noise ? "could be noise" : "more than noise");
}

}  // namespace

absl::StatusOr<Comparison> CompareEvaluations(const RunFolder& folder, int64_t before,
                                              int64_t after) {
  HIR_ASSIGN_OR_RETURN(const EvalVerdicts first, folder.ReadVerdicts(before));
  HIR_ASSIGN_OR_RETURN(const EvalVerdicts last, folder.ReadVerdicts(after));
  if (first.size() != last.size() || first.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("the evaluations of steps ", before, " and ",
                                                      after, " are not of the same prompts."));
  }
  Comparison comparison{
      .prompts = first.size(), .before_step = before, .after_step = after, .metrics = {}};
  comparison.metrics.push_back(Compare(
      "held-out prompts met strictly", first, last,
      [](const std::vector<Verdict>& verdicts) { return 1.0 * RewardOf(verdicts).value_or(0); }));
  comparison.metrics.push_back(
      Compare("constraints of a held-out prompt met", first, last,
              [](const std::vector<Verdict>& verdicts) { return ConstraintAccuracy(verdicts); }));
  return comparison;
}

std::string Describe(const Comparison& comparison) {
  std::string text;
  for (const ComparedMetric& metric : comparison.metrics) {
    absl::StrAppend(&text, Sentence(metric), "\n");
  }
  return absl::StrCat(text, "(differences paired over ", comparison.prompts, " prompts)");
}

}  // namespace hir
