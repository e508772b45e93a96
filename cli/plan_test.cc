#include "cli/plan.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(Plan, SaysWhatItLacksForTime) {
  const PlanInputs inputs = {.parameters = 134.5e6};
  const std::string text = FormatPlan(PlanRun({}, inputs), {}, inputs);
  EXPECT_THAT(text, HasSubstr("134.5 M parameters, 257 MiB in bf16"));
  EXPECT_THAT(text, HasSubstr("--decode-tokens-per-second"));
}

}  // namespace
}  // namespace hir
