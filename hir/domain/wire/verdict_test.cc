#include "hir/domain/wire/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::ElementsAre;
using enum Verdict;

TEST(AppendVerdicts, KeepsOrderAndReasons) {
  ConstraintVerdicts verdicts;
  const std::vector<CheckResult> results = {PassIf(true), Undecidable("why"), PassIf(false)};
  AppendVerdicts(results, verdicts);
  ASSERT_EQ(verdicts.size(), 3);
  EXPECT_EQ(verdicts[0].verdict(), common::v1::VERDICT_PASS);
  EXPECT_EQ(verdicts[1].verdict(), common::v1::VERDICT_UNDECIDABLE);
  EXPECT_EQ(verdicts[1].reason(), "why");
  EXPECT_EQ(verdicts[2].verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(verdicts[2].reason(), "");
  EXPECT_THAT(VerdictsOf(verdicts), ElementsAre(kPass, kUndecidable, kFail));
  EXPECT_EQ(FromProto(verdicts[1]), Undecidable("why"));
}

TEST(AppendVerdicts, KeepsVotes) {
  ConstraintVerdicts verdicts;
  CheckResult voted = PassIf(true);
  voted.votes = {.asked = 3, .yes = 2};
  AppendVerdicts({voted, PassIf(false)}, verdicts);
  EXPECT_EQ(FromProto(verdicts[0]), voted);
  EXPECT_EQ(FromProto(verdicts[1]), PassIf(false));
  EXPECT_THAT(VotesOf(verdicts), ElementsAre(voted.votes, Votes{}));
}

TEST(FromProto, TakesNothingUnknownForAPass) {
  EXPECT_EQ(FromProto(common::v1::VERDICT_UNSPECIFIED), kUndecidable);
  EXPECT_EQ(FromProto(static_cast<common::v1::Verdict>(77)), kUndecidable);
}

}  // namespace
}  // namespace hir
