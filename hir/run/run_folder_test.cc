#include "hir/run/run_folder.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/base/record_lines.h"
#include "hir/run/run_lock.h"
#include "hir/run/test_records.h"
#include "hir/testing/scratch_folder.h"

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

class RunFolderTest : public ::testing::Test {
 protected:
  RunFolderTest() : config_(SmallConfig(scratch_.path())), folder_(config_) {}
  // An evaluation of three prompts of which the first `met` are met.
  absl::Status SaveEval(int64_t step, int met) {
    std::string lines;
    for (int i = 0; i < 3; ++i) {
      EvalOutcome outcome;
      outcome.strict = {i < met ? Verdict::kPass : Verdict::kUndecidable};
      outcome.loose = outcome.strict;
      lines += ToLine(OutcomeJson({.source_id = "a", .question = "q"}, outcome));
    }
    return folder_.SaveEvaluation(step, lines, {.prompts = 3});
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
    EXPECT_TRUE(folder_.HasEvaluation(0));
    EXPECT_FALSE(folder_.HasEvaluation(2));
    ASSERT_TRUE(SaveEval(2, 3).ok());
    EXPECT_EQ(*ReadFile(path), both);
  }
}

TEST_F(RunFolderTest, CutRolloutsAreReadAgain) {
  ASSERT_TRUE(folder_.SaveRollouts(1, {TestRecord()}).ok());
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
  EXPECT_FALSE(folder_.HasEvaluation(0));
}

TEST_F(RunFolderTest, RemembersEvaluationsAndRollouts) {
  EXPECT_FALSE(folder_.HasEvaluation(0));
  ASSERT_TRUE(SaveEval(0, 1).ok());
  EXPECT_TRUE(folder_.HasEvaluation(0));
  EXPECT_FALSE(folder_.HasEvaluation(1));
  EXPECT_FALSE(folder_.HasRollouts(1));
  ASSERT_TRUE(folder_.SaveRollouts(1, {TestRecord()}).ok());
  EXPECT_TRUE(folder_.HasRollouts(1));
}

TEST_F(RunFolderTest, ReplacesWhatIsNotUtf8InRollouts) {
  ASSERT_TRUE(folder_.SaveRollouts(1, {TestRecord()}).ok());
  EXPECT_THAT(*ReadFile(folder_.path() + "/rollouts/step_000001.jsonl"),
              HasSubstr("broken \xef\xbf\xbd text"));
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

}  // namespace
}  // namespace hir
