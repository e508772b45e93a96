#include "hir/hindsight/verdicts.h"

#include <algorithm>

namespace hir {
namespace {

ptrdiff_t Count(absl::Span<const ConstraintOutcome> verdicts, ConstraintOutcome outcome) {
  return std::count(verdicts.begin(), verdicts.end(), outcome);
}

}  // namespace

double ConstraintAccuracy(absl::Span<const ConstraintOutcome> verdicts) {
  if (verdicts.empty()) return 0.0;
  return static_cast<double>(Count(verdicts, ConstraintOutcome::kPass)) /
         static_cast<double>(verdicts.size());
}

std::optional<bool> AllConstraintsMet(absl::Span<const ConstraintOutcome> verdicts) {
  if (Count(verdicts, ConstraintOutcome::kFail) > 0) return false;
  if (verdicts.empty() || Count(verdicts, ConstraintOutcome::kUndecidable) > 0) return std::nullopt;
  return true;
}

bool EligibleForReplay(absl::Span<const ConstraintOutcome> verdicts) {
  const ptrdiff_t passes = Count(verdicts, ConstraintOutcome::kPass);
  return passes > 0 && passes < static_cast<ptrdiff_t>(verdicts.size());
}

std::vector<size_t> KeptConstraints(absl::Span<const ConstraintOutcome> verdicts) {
  std::vector<size_t> kept;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i] == ConstraintOutcome::kPass) kept.push_back(i);
  }
  return kept;
}

}  // namespace hir
