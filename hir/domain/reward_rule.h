// How a response is rewarded in training; reward.h has the function. Part of a run's configuration
// (objective.*).
#ifndef HIR_DOMAIN_REWARD_RULE_H_
#define HIR_DOMAIN_REWARD_RULE_H_

#include "hir/base/enum_words.h"

namespace hir {

// What of a response's verdicts is rewarded.
enum class RewardKind {
  kIla,     // 1 if all constraints are met, else 0.
  kCla,     // The share of constraints that are met.
  kGraded,  // That share, plus graded_bonus if it is 1.
};

template <>
inline constexpr auto kEnumWords<RewardKind> = std::to_array<EnumWord<RewardKind>>(
    {{RewardKind::kIla, "ila"}, {RewardKind::kCla, "cla"}, {RewardKind::kGraded, "graded"}});

// What happens to responses that were cut at the length limit.
enum class TruncatedReward {
  kKeep,  // They are rewarded like others.
  kZero,  // Their reward is 0, whatever the verdicts.
  kMask,  // They are not trained on.
};

template <>
inline constexpr auto kEnumWords<TruncatedReward> =
    std::to_array<EnumWord<TruncatedReward>>({{TruncatedReward::kKeep, "keep"},
                                              {TruncatedReward::kZero, "zero"},
                                              {TruncatedReward::kMask, "mask"}});

struct RewardRule {
  RewardKind kind = RewardKind::kIla;
  double graded_bonus = 1;  // Of kGraded.
  TruncatedReward truncated = TruncatedReward::kKeep;
  // The last so many tokens below the limit are penalised: the reward falls with each of them, by
  // overlong_penalty at the limit. 0 = no penalty.
  int overlong_buffer = 0;
  double overlong_penalty = 1;
};

}  // namespace hir

#endif  // HIR_DOMAIN_REWARD_RULE_H_
