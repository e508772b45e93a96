// Parts of `hir train` that need no service: tasks, records, the run's folder, what is shown.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "cli/display.h"
#include "hir/run/run_folder.h"
#include "hir/run/run_lock.h"
#include "cli/train.h"
#include "hir/driver/train_tasks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/cluster/scratch_folder.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RunConfig SmallConfig(const std::string& output_dir) {
  RunConfig config;
  config.output_dir = output_dir;
  config.rollout.train_batch_size = 4;
  config.rollout.responses_per_prompt = 2;
  config.learner.total_steps = 5;
  return config;
}

TEST(TaskOrder, IsAPermutationOfEveryEpoch) {
  const std::vector<size_t> order = TaskOrder(SmallConfig(""), {{.records = 10, .weight = 1}});
  ASSERT_EQ(order.size(), 20u);
  EXPECT_EQ(std::set<size_t>(order.begin(), order.begin() + 10).size(), 10u);
  EXPECT_EQ(std::set<size_t>(order.begin() + 10, order.end()).size(), 10u);
  EXPECT_FALSE(std::equal(order.begin(), order.begin() + 10, order.begin() + 10));
}

TEST(TaskOrder, DependsOnTheSeedAlone) {
  RunConfig config = SmallConfig("");
  const std::vector<size_t> order = TaskOrder(config, {{.records = 10, .weight = 1}});
  EXPECT_EQ(TaskOrder(config, {{.records = 10, .weight = 1}}), order);
  config.seed = 2;
  EXPECT_NE(TaskOrder(config, {{.records = 10, .weight = 1}}), order);
}

TEST(TaskOrder, IsTheFilesWithoutShuffling) {
  RunConfig config = SmallConfig("");
  config.data.shuffle = false;
  config.learner.total_steps = 1;
  EXPECT_THAT(TaskOrder(config, {{.records = 3, .weight = 1}}), ElementsAre(0, 1, 2, 0));
}

TEST(TaskOrder, GivesEveryFileItsWeightsShareOfAnyFirstTasks) {
  RunConfig config = SmallConfig("");
  const std::vector<FileShare> files = {{.records = 3, .weight = 3}, {.records = 10, .weight = 1}};
  const std::vector<size_t> order = TaskOrder(config, files);
  ASSERT_EQ(order.size(), 20u);
  double second = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    ASSERT_LT(order[i], 13u);
    second += order[i] >= 3;
    EXPECT_NEAR(second, static_cast<double>(i + 1) / 4, 1) << i;
  }
  EXPECT_EQ(second, 5);
  // Each file goes through all of its records before one comes again.
  std::vector<size_t> of_first;
  std::copy_if(order.begin(), order.end(), std::back_inserter(of_first),
               [](size_t index) { return index < 3; });
  for (size_t epoch = 0; epoch + 3 <= of_first.size(); epoch += 3) {
    EXPECT_EQ(std::set<size_t>(of_first.begin() + epoch, of_first.begin() + epoch + 3).size(), 3u);
  }
}

TEST(TaskOrder, MoreStepsChangeNoTask) {
  RunConfig config = SmallConfig("");
  const std::vector<FileShare> files = {{.records = 3, .weight = 0.3}, {.records = 5, .weight = 2}};
  const std::vector<size_t> order = TaskOrder(config, files);
  config.learner.total_steps = 9;
  const std::vector<size_t> longer = TaskOrder(config, files);
  EXPECT_TRUE(std::equal(order.begin(), order.end(), longer.begin()));
}

TEST(TasksOfSteps, NumberTasksAcrossSteps) {
  const RunConfig config = SmallConfig("");
  const std::vector<InstructionRecord> records = {{{.source_id = "a", .question = "q"}}};
  const auto tasks =
      TasksOfSteps(config, records, TaskOrder(config, {{.records = 1, .weight = 1}}), 2, 3);
  ASSERT_EQ(tasks.size(), 8u);
  EXPECT_EQ(tasks[0].task(), 4u);
  EXPECT_EQ(tasks[0].step(), 2);
  EXPECT_EQ(tasks[7].task(), 11u);
  EXPECT_EQ(tasks[7].step(), 3);
  EXPECT_EQ(tasks[0].responses(), 2u);
  EXPECT_EQ(tasks[0].instruction().question(), "q");
}

replay::v1::RolloutRecord Record() {
  replay::v1::RolloutRecord record;
  common::v1::Response& response = *record.mutable_scored()->mutable_response();
  response.mutable_id()->set_run("r");
  response.mutable_id()->set_task(3);
  response.mutable_id()->set_sample(1);
  response.set_step(2);
  response.set_text("broken \xff text");
  response.mutable_instruction()->set_question("q");
  for (const auto verdict : {common::v1::VERDICT_PASS, common::v1::VERDICT_FAIL}) {
    response.mutable_instruction()->add_constraints()->set_kind("k");
    record.mutable_scored()->add_verdicts()->set_verdict(verdict);
  }
  return record;
}

class RunFolderTest : public ::testing::Test {
 protected:
  RunFolderTest() : config_(SmallConfig(scratch_.path())), folder_(config_) {}
  // An evaluation of three prompts of which the first `met` are met.
  absl::Status SaveEval(int64_t step, int met) {
    const std::vector<InstructionRecord> records(3, {{.source_id = "a", .question = "q"}});
    std::vector<EvalOutcome> outcomes(3);
    for (int i = 0; i < 3; ++i) {
      outcomes[i].strict = {i < met ? Verdict::kPass : Verdict::kUndecidable};
      outcomes[i].loose = outcomes[i].strict;
    }
    return folder_.SaveEval(step, records, outcomes);
  }

  ScratchFolder scratch_;
  RunConfig config_;
  RunFolder folder_;
};

TEST_F(RunFolderTest, TakesTheSameConfigurationAgain) {
  EXPECT_TRUE(folder_.SaveConfig(config_).ok());
  EXPECT_TRUE(folder_.SaveConfig(config_).ok());
}

TEST_F(RunFolderTest, RefusesAnotherConfigurationAndNamesTheDifference) {
  ASSERT_TRUE(folder_.SaveConfig(config_).ok());
  ASSERT_TRUE(folder_.SaveMetrics({}).ok());
  config_.optimizer.lr = 0.5;
  const absl::Status status = folder_.SaveConfig(config_);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("lr: 0.5"));
}

TEST_F(RunFolderTest, TakesMoreStepsOfARunThatHasBegun) {
  ASSERT_TRUE(folder_.SaveConfig(config_).ok());
  ASSERT_TRUE(folder_.SaveMetrics({}).ok());
  config_.learner.total_steps += 3;
  EXPECT_TRUE(folder_.SaveConfig(config_).ok());
  config_.learner.total_steps -= 1;
  EXPECT_THAT(std::string(folder_.SaveConfig(config_).message()), HasSubstr("total_steps: 7"));
}

// Wherever an evaluation's record is cut, it counts as not made, and the next one is whole.
TEST_F(RunFolderTest, ACutEvaluationIsMadeAgain) {
  const std::string path = folder_.path() + "/eval.jsonl";
  ASSERT_TRUE(SaveEval(0, 1).ok());
  const std::string first = *ReadFile(path);
  ASSERT_TRUE(SaveEval(2, 3).ok());
  const std::string both = *ReadFile(path);
  for (const size_t length : {first.size() + 1, both.size() - 30, both.size() - 2}) {
    ASSERT_TRUE(WriteFileAtomically(path, both.substr(0, length)).ok());
    EXPECT_TRUE(folder_.HasEval(0));
    EXPECT_FALSE(folder_.HasEval(2));
    ASSERT_TRUE(SaveEval(2, 3).ok());
    EXPECT_EQ(*ReadFile(path), both);
  }
}

TEST_F(RunFolderTest, CutRolloutsAreReadAgain) {
  ASSERT_TRUE(folder_.SaveRollouts(1, {Record()}).ok());
  const std::string path = folder_.path() + "/rollouts/step_000001.jsonl";
  const std::string whole = *ReadFile(path);
  ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, whole.size() / 2)).ok());
  EXPECT_FALSE(folder_.HasRollouts(1));
}

TEST_F(RunFolderTest, KnowsHowManyStepsWereTrained) {
  EXPECT_EQ(*folder_.StepsTrained(), 0);
  learner::v1::StepReport report;
  for (const int64_t step : {1, 2}) {
    report.set_step(step);
    ASSERT_TRUE(folder_.SaveMetrics(report).ok());
  }
  EXPECT_EQ(*folder_.StepsTrained(), 2);
}

TEST_F(RunFolderTest, SetsALostLedgerAsideAndRemovesNothing) {
  ASSERT_TRUE(folder_.SetLedgerAside().ok());
  for (const char* name : {"redis.lost.1", "redis.lost.2"}) {
    ASSERT_TRUE(WriteFileAtomically(folder_.path() + "/redis/file", name).ok());
    ASSERT_TRUE(folder_.SetLedgerAside().ok());
    EXPECT_EQ(*ReadFile(folder_.path() + "/" + name + "/file"), name);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/redis"));
}

TEST_F(RunFolderTest, ARunThatNeverFinishedAStepGivesWay) {
  ASSERT_TRUE(folder_.SaveConfig(config_).ok());
  ASSERT_TRUE(SaveEval(0, 1).ok());
  config_.optimizer.lr = 0.5;
  EXPECT_TRUE(folder_.SaveConfig(config_).ok());
  EXPECT_FALSE(folder_.HasEval(0));
}

TEST_F(RunFolderTest, RemembersEvaluationsAndRollouts) {
  EXPECT_FALSE(folder_.HasEval(0));
  ASSERT_TRUE(SaveEval(0, 1).ok());
  EXPECT_TRUE(folder_.HasEval(0));
  EXPECT_FALSE(folder_.HasEval(1));
  EXPECT_FALSE(folder_.HasRollouts(1));
  ASSERT_TRUE(folder_.SaveRollouts(1, {Record()}).ok());
  EXPECT_TRUE(folder_.HasRollouts(1));
}

TEST_F(RunFolderTest, ReplacesWhatIsNotUtf8InRollouts) {
  ASSERT_TRUE(folder_.SaveRollouts(1, {Record()}).ok());
  EXPECT_THAT(*ReadFile(folder_.path() + "/rollouts/step_000001.jsonl"),
              HasSubstr("broken \xef\xbf\xbd text"));
}

TEST_F(RunFolderTest, ComparesTwoEvaluationsOfTheSamePrompts) {
  ASSERT_TRUE(SaveEval(0, 1).ok());
  ASSERT_TRUE(SaveEval(5, 3).ok());
  EXPECT_THAT(*folder_.ReadVerdicts(0),
              ElementsAre(ElementsAre(Verdict::kPass), ElementsAre(Verdict::kUndecidable),
                          ElementsAre(Verdict::kUndecidable)));
  const auto sentence = folder_.SaveComparison(0, 5);
  ASSERT_TRUE(sentence.ok()) << sentence.status();
  EXPECT_THAT(*sentence, HasSubstr("33.3 % before, 100.0 % after"));
  const auto record = nlohmann::json::parse(*ReadFile(folder_.path() + "/comparison.json"));
  EXPECT_EQ(record["prompts"], 3);
  ASSERT_EQ(record["comparisons"].size(), 2u);
  for (const auto& comparison : record["comparisons"]) {
    EXPECT_LE(comparison["low"].get<double>(), comparison["high"].get<double>());
  }
}

TEST_F(RunFolderTest, SavesMetricsOfAStepOnce) {
  learner::v1::StepReport report;
  report.set_step(3);
  (*report.mutable_metrics())["reward_density"] = 0.25;
  ASSERT_TRUE(folder_.SaveMetrics(report).ok());
  ASSERT_TRUE(folder_.SaveMetrics(report).ok());
  EXPECT_EQ(*ReadFile(folder_.path() + "/metrics.jsonl"), "{\"step\":3,\"reward_density\":0.25}\n");
}

TEST_F(RunFolderTest, FindsTheNewestCheckpointByNumber) {
  EXPECT_EQ(folder_.NewestCheckpoint(), "");
  for (const char* step : {"9", "10"}) {
    std::filesystem::create_directories(folder_.path() + "/checkpoints/global_step_" + step);
  }
  EXPECT_THAT(folder_.NewestCheckpoint(), HasSubstr("global_step_10"));
}

TEST(LockRun, IsHeldByOneAtATime) {
  ScratchFolder scratch;
  {
    const auto first = LockRun("demo", scratch.Path("demo"));
    ASSERT_TRUE(first.ok()) << first.status();
    const auto second = LockRun("demo", scratch.Path("demo"));
    EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(second.status().message()), HasSubstr("run demo"));
    EXPECT_THAT(std::string(second.status().message()), HasSubstr(scratch.Path("demo")));
  }
  EXPECT_TRUE(LockRun("demo", scratch.Path("demo")).ok());
}

TEST(StepLine, ShowsWhatWasReportedAndADashForTheRest) {
  learner::v1::StepReport report;
  report.set_step(3);
  (*report.mutable_metrics())["reward_density"] = 0.125;
  (*report.mutable_metrics())["hindsight/replayed"] = 16;
  const std::string line = StepLine(report, 20, absl::Seconds(125));
  for (const char* part : {"3/20", "12.5 %", "16", "2:05", "-"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
  EXPECT_EQ(line.size(), StepHeader().size());
}

TEST(TimeLeft, CountsStepsAndEvaluationsAtTheirOwnPace) {
  const Pace pace = {
      .training = absl::Seconds(20), .steps = 2, .evaluating = absl::Seconds(90), .evaluations = 1};
  EXPECT_EQ(TimeLeft(pace, 3, 1), absl::Seconds(30 + 90));
  EXPECT_EQ(TimeLeft(pace, 0, 0), absl::ZeroDuration());
}

TEST(TimeLeft, LeavesOutWhatHasNoPaceYet) {
  EXPECT_EQ(TimeLeft({.training = absl::Seconds(5), .steps = 1}, 2, 4), absl::Seconds(10));
}

TEST(ShortDuration, ShowsHoursOnlyWhenThereAreSome) {
  EXPECT_EQ(ShortDuration(absl::Seconds(187)), "3:07");
  EXPECT_EQ(ShortDuration(absl::Seconds(3765)), "1:02:45");
}

TEST(LiveLine, IsSilentOutsideATerminal) {
  std::ostringstream out;
  LiveLine line(out, false);
  line.Show("x");
  line.Clear();
  EXPECT_EQ(out.str(), "");
}

TEST(ParseTrainCommand, WantsAllAddressesOfARingOrNone) {
  EXPECT_TRUE(ParseTrainCommand({"c.yaml", "--set", "seed=2", "--dry-run"}).ok());
  EXPECT_TRUE(ParseTrainCommand(
                  {"c.yaml", "--connect=a:1", "--verifier=b:1", "--rollout=c:1", "--learner=d:1"})
                  .ok());
  EXPECT_FALSE(ParseTrainCommand({"c.yaml", "--connect=a:1"}).ok());
  EXPECT_FALSE(ParseTrainCommand({}).ok());
}

TEST(ParseTrainCommand, TakesAsManyLearnersAsASaneLocalRingHas) {
  EXPECT_EQ(ParseTrainCommand({"c.yaml"})->learners, 1);
  EXPECT_EQ(ParseTrainCommand({"c.yaml", "--learners", "2"})->learners, 2);
  EXPECT_THAT(std::string(ParseTrainCommand({"c.yaml", "--learners=0"}).status().message()),
              HasSubstr("at least 1"));
  EXPECT_FALSE(ParseTrainCommand({"c.yaml", "--learners=2", "--connect=a:1", "--verifier=b:1",
                                  "--rollout=c:1", "--learner=d:1"})
                   .ok());
}

TEST(ParseTrainCommand, TakesStepsToSkip) {
  EXPECT_THAT(ParseTrainCommand({"c.yaml", "--skip-step=3", "--skip-step", "7"})->skip_steps,
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
  EXPECT_THAT(parse("# judge\n\n --judge-url=http://a/v1 \n--judge-model=m\n")->verifier_flags,
              testing::ElementsAre("--judge-url=http://a/v1", "--judge-model=m"));
  EXPECT_THAT(std::string(parse("--a=1\nb=2\n").status().message()), HasSubstr(".flags:2"));
  std::filesystem::remove(path);
  EXPECT_THAT(
      std::string(ParseTrainCommand({"c.yaml", "--verifier-flags", path}).status().message()),
      HasSubstr(path));
}

}  // namespace
}  // namespace hir
