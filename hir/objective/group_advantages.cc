#include "hir/objective/group_advantages.h"

#include <cmath>
#include <cstddef>
#include <unordered_map>

namespace hir {
namespace {

double Mean(const std::vector<double>& scores) {
  double sum = 0;
  for (const double score : scores) sum += score;
  return sum / static_cast<double>(scores.size());
}

// Unbiased; of at least two scores.
double StandardDeviation(const std::vector<double>& scores, double mean) {
  double squares = 0;
  for (const double score : scores) squares += (score - mean) * (score - mean);
  return std::sqrt(squares / static_cast<double>(scores.size() - 1));
}

// `group` has the score of the row itself.
double AdvantageIn(const std::vector<double>& group, double score, AdvantageEstimator estimator) {
  if (group.size() < 2) return 0;
  const double mean = Mean(group);
  const double centred = score - mean;
  const double size = static_cast<double>(group.size());
  switch (estimator) {
    case AdvantageEstimator::kGrpo:
      return centred / (StandardDeviation(group, mean) + kGroupEpsilon);
    case AdvantageEstimator::kRloo:
      return centred * size / (size - 1);
    case AdvantageEstimator::kMaxRl:
      return mean == 0 ? 0 : centred / mean;
    case AdvantageEstimator::kReinforcePlusPlus:
    case AdvantageEstimator::kReinforcePlusPlusBaseline:
    case AdvantageEstimator::kDrGrpo:
      break;
  }
  return centred;
}

}  // namespace

std::vector<double> GroupAdvantages(absl::Span<const GroupedRow> rows,
                                    AdvantageEstimator estimator) {
  std::unordered_map<uint64_t, std::vector<double>> originals;
  for (const GroupedRow& row : rows) {
    if (row.included && !row.replayed) originals[row.task].push_back(row.score);
  }
  std::vector<double> advantages(rows.size(), 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    const GroupedRow& row = rows[i];
    if (!row.included) continue;
    std::vector<double> group = originals[row.task];
    if (row.replayed) group.push_back(row.score);
    advantages[i] = AdvantageIn(group, row.score, estimator);
  }
  return advantages;
}

}  // namespace hir
