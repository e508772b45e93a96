#include "hir/domain/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::ElementsAre;
using enum Verdict;

TEST(ParseVerdict, ReadsWhatVerdictNameWrites) {
  for (const Verdict verdict : {kPass, kFail, kUndecidable}) {
    EXPECT_EQ(ParseVerdict(VerdictName(verdict)), verdict);
  }
  EXPECT_EQ(ParseVerdict("Pass"), std::nullopt);
  EXPECT_EQ(ParseVerdict(""), std::nullopt);
}

TEST(VerdictsOf, KeepsTheOrder) {
  const std::vector<CheckResult> results = {PassIf(true), Undecidable("why"), PassIf(false)};
  EXPECT_THAT(VerdictsOf(results), ElementsAre(kPass, kUndecidable, kFail));
}

}  // namespace
}  // namespace hir
