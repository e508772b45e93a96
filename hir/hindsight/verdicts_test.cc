#include "hir/hindsight/verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum ConstraintOutcome;
using Verdicts = std::vector<ConstraintOutcome>;

TEST(ConstraintAccuracy, KeepsUndecidableConstraintsInTheDenominator) {
  EXPECT_DOUBLE_EQ(ConstraintAccuracy(Verdicts{kPass, kUndecidable, kFail, kPass}), 0.5);
}

TEST(ConstraintAccuracy, IsZeroWithoutConstraints) { EXPECT_EQ(ConstraintAccuracy({}), 0.0); }

TEST(AllConstraintsMet, IsFalseAsSoonAsOneFailed) {
  EXPECT_EQ(AllConstraintsMet(Verdicts{kPass, kUndecidable, kFail}), std::optional<bool>(false));
}

TEST(AllConstraintsMet, IsTrueWhenAllPassed) {
  EXPECT_EQ(AllConstraintsMet(Verdicts{kPass, kPass}), std::optional<bool>(true));
}

TEST(AllConstraintsMet, IsUnknownWhenNothingFailedButSomethingIsUndecidable) {
  EXPECT_EQ(AllConstraintsMet(Verdicts{kPass, kUndecidable}), std::nullopt);
  EXPECT_EQ(AllConstraintsMet({}), std::nullopt);
}

TEST(EligibleForReplay, NeedsOneConstraintMetAndOneNot) {
  EXPECT_TRUE(EligibleForReplay(Verdicts{kPass, kFail}));
  EXPECT_TRUE(EligibleForReplay(Verdicts{kPass, kUndecidable}));
  EXPECT_FALSE(EligibleForReplay(Verdicts{kPass, kPass}));
  EXPECT_FALSE(EligibleForReplay(Verdicts{kFail, kUndecidable}));
  EXPECT_FALSE(EligibleForReplay({}));
}

TEST(KeptConstraints, ListsThePassesInOrder) {
  EXPECT_THAT(KeptConstraints(Verdicts{kPass, kUndecidable, kFail, kPass}), ElementsAre(0, 3));
  EXPECT_THAT(KeptConstraints(Verdicts{kFail, kUndecidable}), IsEmpty());
}

}  // namespace
}  // namespace hir
