#include "cli/train.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseTrainCommand, WantsAllAddressesOfARingOrNone) {
  EXPECT_TRUE(ParseTrainCommand({"c.yaml", "--set", "seed=2", "--dry-run"}).ok());
  EXPECT_TRUE(ParseTrainCommand(
                  {"c.yaml", "--connect=a:1", "--verifier=b:1", "--rollout=c:1", "--learner=d:1"})
                  .ok());
  EXPECT_FALSE(ParseTrainCommand({"c.yaml", "--connect=a:1"}).ok());
  EXPECT_FALSE(ParseTrainCommand({}).ok());
}

TEST(ParseTrainCommand, TakesAsManyLearnersAsASaneLocalRingHas) {
  EXPECT_EQ(ParseTrainCommand({"c.yaml"})->request.learners, 1);
  EXPECT_EQ(ParseTrainCommand({"c.yaml", "--learners", "2"})->request.learners, 2);
  EXPECT_THAT(std::string(ParseTrainCommand({"c.yaml", "--learners=0"}).status().message()),
              HasSubstr("at least 1"));
  EXPECT_FALSE(ParseTrainCommand({"c.yaml", "--learners=2", "--connect=a:1", "--verifier=b:1",
                                  "--rollout=c:1", "--learner=d:1"})
                   .ok());
}

TEST(ParseTrainCommand, TakesStepsToSkip) {
  EXPECT_THAT(
      ParseTrainCommand({"c.yaml", "--skip-step=3", "--skip-step", "7"})->request.skip_steps,
      ElementsAre(3, 7));
  for (const char* wrong : {"--skip-step=0", "--skip-step=x", "--skip-step="}) {
    EXPECT_EQ(ParseTrainCommand({"c.yaml", wrong}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(ParseTrainCommand, ReadsTheVerifiersFlagsFromAFile) {
  const std::string path = testing::TempDir() + "/verifier.flags";
  const auto parse = [&](const std::string& text) {
    std::ofstream(path) << text;
    return ParseTrainCommand({"c.yaml", "--verifier-flags", path});
  };
  EXPECT_THAT(
      parse("# judge\n\n --judge-url=http://a/v1 \n--judge-model=m\n")->request.verifier_flags,
      testing::ElementsAre("--judge-url=http://a/v1", "--judge-model=m"));
  EXPECT_THAT(std::string(parse("--a=1\nb=2\n").status().message()), HasSubstr(".flags:2"));
  std::filesystem::remove(path);
  EXPECT_THAT(
      std::string(ParseTrainCommand({"c.yaml", "--verifier-flags", path}).status().message()),
      HasSubstr(path));
}

}  // namespace
}  // namespace hir
