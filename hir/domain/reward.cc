#include "hir/domain/reward.h"

#include <algorithm>

namespace hir {
namespace {

size_t Count(absl::Span<const Verdict> verdicts, Verdict verdict) {
  return static_cast<size_t>(std::count(verdicts.begin(), verdicts.end(), verdict));
}

// At least 0.
double OverlongPenalty(const ResponseLength& length, const RewardRule& rule) {
  if (rule.overlong_buffer == 0) return 0;
  const int64_t excess = length.tokens - (length.limit - rule.overlong_buffer);
  const double share = static_cast<double>(excess) / rule.overlong_buffer;
  return rule.overlong_penalty * std::clamp(share, 0.0, 1.0);
}

}  // namespace

std::optional<double> RewardOfVerdicts(absl::Span<const Verdict> verdicts, const RewardRule& rule) {
  if (rule.kind == RewardKind::kIla) return RewardOf(verdicts);
  if (verdicts.empty() || Count(verdicts, Verdict::kUndecidable) > 0) return std::nullopt;
  const double share = ConstraintAccuracy(verdicts);
  const bool all_met = ConstraintsMet(verdicts) == verdicts.size();
  return share + (rule.kind == RewardKind::kGraded && all_met ? rule.graded_bonus : 0);
}

TrainingReward TrainingRewardOf(absl::Span<const Verdict> verdicts, const ResponseLength& length,
                                const RewardRule& rule) {
  TrainingReward result{.reward = RewardOfVerdicts(verdicts, rule),
                        .penalty = OverlongPenalty(length, rule),
                        .masked = length.truncated && rule.truncated == TruncatedReward::kMask};
  if (length.truncated && rule.truncated == TruncatedReward::kZero) result.reward = 0;
  if (result.reward) *result.reward -= result.penalty;
  return result;
}

std::optional<double> ComparedReward(absl::Span<const Verdict> verdicts, bool truncated,
                                     const RewardRule& rule) {
  if (truncated && rule.truncated == TruncatedReward::kMask) return std::nullopt;
  return RewardOfVerdicts(verdicts, rule);
}

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
