#include "hir/domain/reward.h"

#include <algorithm>

namespace hir {
namespace {

size_t Count(absl::Span<const Verdict> verdicts, Verdict verdict) {
  return static_cast<size_t>(std::count(verdicts.begin(), verdicts.end(), verdict));
}

}  // namespace

std::optional<int> RewardOf(absl::Span<const Verdict> verdicts) {
  if (Count(verdicts, Verdict::kFail) > 0) return 0;
  if (verdicts.empty() || Count(verdicts, Verdict::kUndecidable) > 0) return std::nullopt;
  return 1;
}

size_t ConstraintsMet(absl::Span<const Verdict> verdicts) {
  return Count(verdicts, Verdict::kPass);
}

double ConstraintAccuracy(absl::Span<const Verdict> verdicts) {
  if (verdicts.empty()) return 0.0;
  return static_cast<double>(ConstraintsMet(verdicts)) / static_cast<double>(verdicts.size());
}

bool EligibleForReplay(absl::Span<const Verdict> verdicts) {
  const size_t met = ConstraintsMet(verdicts);
  return met > 0 && met < verdicts.size();
}

}  // namespace hir
