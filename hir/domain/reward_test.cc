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

}  // namespace
}  // namespace hir
