#include "hir/domain/run_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(CheckRunName, TakesLettersDigitsDotsDashesAndUnderscoresOnly) {
  EXPECT_TRUE(CheckRunName("Run_1.a-b").ok());
  EXPECT_TRUE(CheckRunName("...").ok());
  EXPECT_TRUE(CheckRunName(std::string(64, 'a')).ok());
  for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("a}b"),
                                 std::string("a/b"), std::string("a\0b", 3)}) {
    EXPECT_EQ(CheckRunName(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

// They name a folder and its parent.
TEST(CheckRunName, RefusesOneAndTwoDots) {
  EXPECT_FALSE(CheckRunName(".").ok());
  EXPECT_THAT(std::string(CheckRunName("..").message()), HasSubstr("the run's name is \"..\""));
}

TEST(CheckRunName, ShowsNoMoreThanTheBeginningOfALongName) {
  EXPECT_LT(CheckRunName(std::string(1 << 20, 'a')).message().size(), 300u);
}

}  // namespace
}  // namespace hir
