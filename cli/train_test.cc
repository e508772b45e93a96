#include "cli/train.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseTrainCommand, WantsTheAddressesOfARingOrNoneAndFindsItsWorkersItself) {
  EXPECT_TRUE(ParseTrainCommand({"c.yaml", "--set", "seed=2", "--dry-run"}).ok());
  EXPECT_TRUE(ParseTrainCommand(
                  {"c.yaml", "--connect=a:1", "--verifier=b:1", "--rollout=c:1", "--learner=d:1"})
                  .ok());
  const auto found =
      ParseTrainCommand({"c.yaml", "--connect=a:1", "--verifier=b:1", "--learner=d:1"});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->request.is_local());
  EXPECT_FALSE(ParseTrainCommand({"c.yaml", "--connect=a:1"}).ok());
  EXPECT_FALSE(ParseTrainCommand({"c.yaml", "--rollout=c:1"}).ok());
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

std::string RefusalOf(std::vector<std::string> args) {
  args.insert(args.begin(), "c.yaml");
  const absl::Status status = ParseTrainCommand(args).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(ParseTrainCommand, TakesAsManyWorkersAsItIsTold) {
  EXPECT_EQ(ParseTrainCommand({"c.yaml"})->request.workers.count, 1);
  EXPECT_EQ(ParseTrainCommand({"c.yaml", "--workers=3"})->request.workers.count, 3);
  EXPECT_THAT(RefusalOf({"--workers=0"}), HasSubstr("--workers is 0; it must be 1 to 256"));
  EXPECT_THAT(RefusalOf({"--workers=two"}), HasSubstr("--workers can't be \"two\""));
  EXPECT_THAT(RefusalOf({"--workers=2", "--connect=a:1", "--verifier=b:1", "--rollout=c:1",
                         "--learner=d:1"}),
              HasSubstr("a running ring (--connect) has its own"));
}

TEST(ParseTrainCommand, TakesAWorkerForEachVllmServer) {
  const auto command =
      ParseTrainCommand({"c.yaml", "--engine=vllm", "--engine-url=http://a:8000,http://b:8000",
                         "--weights-folder=/shared"});
  ASSERT_TRUE(command.ok()) << command.status();
  const RolloutWorkers& workers = command->request.workers;
  EXPECT_EQ(workers.count, 2);
  EXPECT_THAT(workers.engine_urls, ElementsAre("http://a:8000", "http://b:8000"));
  EXPECT_EQ(workers.weights_folder, "/shared");
}

TEST(ParseTrainCommand, RefusesVllmServersThatCannotBe) {
  const auto refusal = [](const std::string& urls, const std::string& more = "--dry-run") {
    return RefusalOf({"--engine=vllm", "--engine-url=" + urls, more});
  };
  EXPECT_THAT(refusal("http://a:1,http://a:1/"), HasSubstr("has http://a:1 twice"));
  EXPECT_THAT(refusal("http://a:1,http://b:1", "--workers=3"),
              HasSubstr("--workers is 3 but --engine-url has 2 servers"));
  EXPECT_THAT(refusal("a:1"), HasSubstr("\"a:1\" is not the address of a web server"));
  EXPECT_THAT(refusal("http://a:1,"), HasSubstr("--engine-url can't be \"http://a:1,\""));
  EXPECT_THAT(RefusalOf({"--engine=vllm"}), HasSubstr("belong together"));
  EXPECT_THAT(RefusalOf({"--engine-url=http://a:1"}), HasSubstr("belong together"));
  EXPECT_THAT(RefusalOf({"--engine=vlm"}), HasSubstr("--engine is \"vlm\"; write local or vllm"));
  EXPECT_THAT(RefusalOf({"--weights-folder=/w"}), HasSubstr("--weights-folder is for"));
}

TEST(ParseTrainCommand, TakesAllWorkersOfARunningRing) {
  const auto command = ParseTrainCommand(
      {"c.yaml", "--connect=a:1", "--verifier=b:1", "--rollout=c:1,c:2", "--learner=d:1"});
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_THAT(command->request.connect.rollouts, ElementsAre("c:1", "c:2"));
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
