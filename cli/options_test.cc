#include "cli/options.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() : options_("hir test FILE", "Tests.") {
    options_.Text("model", &model_, "a folder");
    options_.Texts("set", &sets_, "a field");
    options_.Integer("limit", &limit_, "a number");
    options_.Seed("seed", &seed_, "a seed");
    options_.Number("temperature", &temperature_, "a number");
    options_.Flag("dry-run", &dry_run_, "no work");
  }
  std::string Error(const std::vector<std::string>& args) {
    const auto rest = options_.Parse(args);
    EXPECT_EQ(rest.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(rest.status().message());
  }

  std::string model_;
  std::vector<std::string> sets_;
  int limit_ = 7;
  uint64_t seed_ = 0;
  double temperature_ = 0;
  bool dry_run_ = false;
  Options options_;
};

TEST_F(OptionsTest, TakesValuesInBothForms) {
  const auto rest = options_.Parse({"a.yaml", "--model", "m", "--limit=3", "--temperature", "0.5",
                                    "--seed", "18446744073709551615", "--dry-run"});
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_THAT(*rest, ElementsAre("a.yaml"));
  EXPECT_EQ(model_, "m");
  EXPECT_EQ(limit_, 3);
  EXPECT_EQ(temperature_, 0.5);
  EXPECT_EQ(seed_, UINT64_MAX);
  EXPECT_TRUE(dry_run_);
}

TEST_F(OptionsTest, KeepsDefaults) {
  ASSERT_TRUE(options_.Parse({}).ok());
  EXPECT_EQ(limit_, 7);
}

TEST_F(OptionsTest, CollectsRepeatedOnes) {
  ASSERT_TRUE(options_.Parse({"--set", "a=1", "--set=b=2"}).ok());
  EXPECT_THAT(sets_, ElementsAre("a=1", "b=2"));
}

TEST_F(OptionsTest, NamesTheNearestOption) {
  EXPECT_EQ(Error({"--modle", "m"}), "unknown option --modle. Did you mean --model?");
  EXPECT_THAT(Error({"--xyzzyxyzzy"}), HasSubstr("See --help"));
}

TEST_F(OptionsTest, RefusesBadAndMissingValues) {
  EXPECT_EQ(Error({"--limit", "many"}), "--limit can't be \"many\".");
  EXPECT_EQ(Error({"--model"}), "--model needs a value.");
  EXPECT_EQ(Error({"--dry-run=yes"}), "--dry-run takes no value.");
}

TEST_F(OptionsTest, RefusesACallWithoutARequiredOption) {
  options_.Required("model");
  EXPECT_THAT(Error({}), HasSubstr("--model is missing"));
  EXPECT_TRUE(options_.Parse({"--model=m"}).ok());
}

TEST_F(OptionsTest, HelpNamesEveryOption) {
  const std::string help = options_.Help();
  EXPECT_THAT(help, HasSubstr("usage: hir test FILE"));
  EXPECT_THAT(help, HasSubstr("--temperature X"));
  EXPECT_THAT(help, HasSubstr("--dry-run "));
}

TEST_F(OptionsTest, AnswersAWishForHelpWithTheHelp) {
  for (const char* wish : {"--help", "-h"}) {
    const absl::Status status = options_.Parse({"x", wish}).status();
    EXPECT_TRUE(IsHelp(status));
    EXPECT_EQ(status.message(), options_.Help());
    EXPECT_TRUE(IsHelp(options_.ParseOnly({wish})));
  }
  EXPECT_FALSE(IsHelp(options_.Parse({"x"}).status()));
  EXPECT_FALSE(IsHelp(options_.Parse({"--no-such"}).status()));
}

}  // namespace
}  // namespace hir
