#include "hir/domain/reward.h"

#include <gtest/gtest.h>

namespace hir {
namespace {

using enum Verdict;
using Verdicts = std::vector<Verdict>;

TEST(ConstraintAccuracy, KeepsUndecidableConstraintsInTheDenominator) {
  EXPECT_DOUBLE_EQ(ConstraintAccuracy(Verdicts{kPass, kUndecidable, kFail, kPass}), 0.5);
}

TEST(ConstraintAccuracy, IsZeroWithoutConstraints) { EXPECT_EQ(ConstraintAccuracy({}), 0.0); }

TEST(RewardOf, IsZeroAsSoonAsOneFailed) {
  EXPECT_EQ(RewardOf(Verdicts{kPass, kUndecidable, kFail}), std::optional<int>(0));
}

TEST(RewardOf, IsOneWhenAllPassed) {
  EXPECT_EQ(RewardOf(Verdicts{kPass, kPass}), std::optional<int>(1));
}

TEST(RewardOf, IsUnknownWhenNothingFailedButSomethingIsUndecidable) {
  EXPECT_EQ(RewardOf(Verdicts{kPass, kUndecidable}), std::nullopt);
  EXPECT_EQ(RewardOf({}), std::nullopt);
}

TEST(EligibleForReplay, NeedsOneConstraintMetAndOneNot) {
  EXPECT_TRUE(EligibleForReplay(Verdicts{kPass, kFail}));
  EXPECT_TRUE(EligibleForReplay(Verdicts{kPass, kUndecidable}));
  EXPECT_FALSE(EligibleForReplay(Verdicts{kPass, kPass}));
  EXPECT_FALSE(EligibleForReplay(Verdicts{kFail, kUndecidable}));
  EXPECT_FALSE(EligibleForReplay({}));
}

double RewardWith(const RewardRule& rule, const Verdicts& verdicts,
                  const ResponseLength& length = {.tokens = 10, .limit = 100}) {
  return TrainingRewardOf(verdicts, length, rule).reward.value();
}

TEST(TrainingReward, IsIlaUnlessARuleSaysOtherwise) {
  for (const Verdicts& verdicts : {Verdicts{kPass, kPass}, Verdicts{kPass, kFail},
                                   Verdicts{kPass, kUndecidable}, Verdicts{}}) {
    const TrainingReward reward =
        TrainingRewardOf(verdicts, {.tokens = 9, .limit = 9, .truncated = true}, {});
    EXPECT_EQ(reward.reward, RewardOf(verdicts));
    EXPECT_FALSE(reward.masked);
  }
}

TEST(TrainingReward, CountsConstraintsAndAddsABonusForAll) {
  EXPECT_DOUBLE_EQ(RewardWith({.kind = RewardKind::kCla}, {kPass, kFail, kFail, kPass}), 0.5);
  EXPECT_DOUBLE_EQ(RewardWith({.kind = RewardKind::kCla}, {kPass}), 1);
  const RewardRule graded{.kind = RewardKind::kGraded, .graded_bonus = 0.25};
  EXPECT_DOUBLE_EQ(RewardWith(graded, {kPass, kFail}), 0.5);
  EXPECT_DOUBLE_EQ(RewardWith(graded, {kPass, kPass}), 1.25);
}

TEST(TrainingReward, OfACountIsUnknownAsSoonAsSomethingIsUndecidable) {
  for (const RewardKind kind : {RewardKind::kCla, RewardKind::kGraded}) {
    EXPECT_EQ(TrainingRewardOf(Verdicts{kPass, kFail, kUndecidable}, {}, {.kind = kind}).reward,
              std::nullopt);
    EXPECT_EQ(TrainingRewardOf({}, {}, {.kind = kind}).reward, std::nullopt);
  }
}

TEST(TrainingReward, OfATruncatedResponseIsZeroOrMaskedIfTheRuleSaysSo) {
  const ResponseLength cut{.tokens = 100, .limit = 100, .truncated = true};
  const RewardRule zero{.truncated = TruncatedReward::kZero};
  EXPECT_EQ(RewardWith(zero, {kPass}, cut), 0);
  EXPECT_EQ(RewardWith(zero, {kUndecidable}, cut), 0);
  EXPECT_EQ(RewardWith(zero, {kPass}), 1);
  const RewardRule mask{.truncated = TruncatedReward::kMask};
  EXPECT_TRUE(TrainingRewardOf(Verdicts{kPass}, cut, mask).masked);
  EXPECT_FALSE(TrainingRewardOf(Verdicts{kPass}, {}, mask).masked);
}

TEST(TrainingReward, TellsWhatTheLengthTakesOffAnUnknownReward) {
  const RewardRule rule{.overlong_buffer = 20, .overlong_penalty = 0.5};
  const TrainingReward reward =
      TrainingRewardOf(Verdicts{kUndecidable}, {.tokens = 90, .limit = 100}, rule);
  EXPECT_EQ(reward.reward, std::nullopt);
  EXPECT_DOUBLE_EQ(reward.penalty, 0.25);
}

TEST(ComparedReward, IsOfTheVerdictsAloneAndNoneOfAMaskedResponse) {
  const RewardRule rule{.kind = RewardKind::kCla,
                        .truncated = TruncatedReward::kMask,
                        .overlong_buffer = 20,
                        .overlong_penalty = 0.5};
  EXPECT_EQ(ComparedReward(Verdicts{kPass, kFail}, /*truncated=*/false, rule), 0.5);
  EXPECT_EQ(ComparedReward(Verdicts{kPass, kFail}, /*truncated=*/true, rule), std::nullopt);
  EXPECT_EQ(ComparedReward(Verdicts{kPass, kFail}, true, {.truncated = TruncatedReward::kZero}), 0);
}

TEST(TrainingReward, FallsOverTheLastTokensBelowTheLimit) {
  const RewardRule rule{.overlong_buffer = 20, .overlong_penalty = 0.5};
  const double expected[][2] = {{80, 1}, {81, 0.975}, {90, 0.75}, {100, 0.5}};
  for (const auto& [tokens, reward] : expected) {
    const ResponseLength length{.tokens = static_cast<int64_t>(tokens), .limit = 100};
    EXPECT_NEAR(RewardWith(rule, {kPass}, length), reward, 1e-12) << tokens;
    EXPECT_NEAR(RewardWith(rule, {kFail}, length), reward - 1, 1e-12) << tokens;
  }
}

}  // namespace
}  // namespace hir
