#include "services/learner/train_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "hir/base/file.h"
#include "prometheus/registry.h"
#include "services/learner/fakes.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class TrainLoopTest : public ::testing::Test {
 protected:
  TrainLoopTest() {
    char folder[] = "/tmp/hir_train_loop_XXXXXX";
    run_dir_ = mkdtemp(folder);
    config_.learner.total_steps = 4;
    config_.checkpoint.every = 2;
  }
  ~TrainLoopTest() override { std::filesystem::remove_all(run_dir_); }

  // A learner process: everything but replay and the disk is new.
  struct Process {
    Process(const RunConfig& config, const std::string& run_dir, FakeLedger& ledger, int rank = 0,
            bool new_ledger = false)
        : trainer(rank),
          checkpoints(run_dir, config.checkpoint.keep_last),
          log(run_dir + "/metrics.jsonl"),
          metrics(registry),
          loop(config, {trainer, ledger, publisher, board, checkpoints, log, metrics, clock},
               new_ledger) {}

    absl::Status TrainSteps(int steps) {
      for (int i = 0; i < steps; ++i) {
        if (absl::Status status = loop.RunOnce(); !status.ok()) return status;
      }
      return absl::OkStatus();
    }

    prometheus::Registry registry;
    FakeTrainer trainer;
    FakePublisher publisher;
    StepBoard board;
    Checkpoints checkpoints;
    MetricsLog log;
    LearnerMetrics metrics;
    RealClock clock;
    TrainLoop loop;
  };

  RunConfig config_;
  FakeLedger ledger_;
  std::string run_dir_;
};

TEST_F(TrainLoopTest, PublishesTheModelAsGivenBeforeTheFirstStep) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_EQ(ledger_.advanced.size(), 1);
  EXPECT_EQ(ledger_.advanced[0].first.version, 0);
  EXPECT_EQ(ledger_.advanced[0].first.incarnation, 1);
  EXPECT_EQ(ledger_.advanced[0].second, "");
  EXPECT_THAT(process.publisher.published, ElementsAre(Pair(0, 1)));
}

TEST_F(TrainLoopTest, AdvancesByOneVersionAStepAndNamesTheBatch) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(1).ok());
  EXPECT_EQ(process.trainer.last_rows, 2);
  EXPECT_EQ(ledger_.advanced[1].first.version, 1);
  EXPECT_EQ(ledger_.advanced[1].second, "batch 1");
  EXPECT_EQ(process.board.weights().version.version, 1);
  EXPECT_EQ(process.board.weights().weights->bytes, "1");
}

TEST_F(TrainLoopTest, ReportsEachStepWithItsFactsAndEndsWithAFinalOne) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(4).ok());
  EXPECT_TRUE(process.loop.done());
  const auto first = process.board.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(first.has_value());
  EXPECT_DOUBLE_EQ(first->metrics().at("reward_density"), 0.25);
  EXPECT_DOUBLE_EQ(first->metrics().at("actor/pg_loss"), 0.5);
  EXPECT_FALSE(first->final());
  const auto last = process.board.NextReport(3, absl::ZeroDuration());
  ASSERT_TRUE(last.has_value());
  EXPECT_TRUE(last->final());
  EXPECT_THAT(last->checkpoint(), HasSubstr("global_step_4"));
}

TEST_F(TrainLoopTest, CommitsCheckpointsWhenDueWithTheOldestThatIsKept) {
  config_.learner.total_steps = 7;
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(7).ok());
  EXPECT_THAT(ledger_.committed, ElementsAre(Pair(2, 2), Pair(4, 2), Pair(6, 4), Pair(7, 6)));
}

TEST_F(TrainLoopTest, ResumesFromTheNewestCheckpointUnderANewIncarnation) {
  {
    Process killed(config_, run_dir_, ledger_);
    ASSERT_TRUE(killed.loop.Start("me:1").ok());
    ASSERT_TRUE(killed.TrainSteps(3).ok());
  }
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  EXPECT_EQ(process.loop.step(), 2);
  EXPECT_EQ(process.trainer.trained, 2);
  EXPECT_EQ(ledger_.advanced.back().first.version, 2);
  EXPECT_EQ(ledger_.advanced.back().first.incarnation, 2);
}

TEST_F(TrainLoopTest, WritesEachStepOnceToTheMetricsFileInSpiteOfAResume) {
  {
    Process killed(config_, run_dir_, ledger_);
    ASSERT_TRUE(killed.loop.Start("me:1").ok());
    ASSERT_TRUE(killed.TrainSteps(3).ok());
  }
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(1).ok());
  const std::string lines = *ReadFile(run_dir_ + "/metrics.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_THAT(lines, HasSubstr("{\"step\":3,"));
}

TEST_F(TrainLoopTest, StartsAfreshWhenToldNotToResume) {
  {
    Process before(config_, run_dir_, ledger_);
    ASSERT_TRUE(before.loop.Start("me:1").ok());
    ASSERT_TRUE(before.TrainSteps(2).ok());
  }
  config_.checkpoint.resume = "off";
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  EXPECT_EQ(process.loop.step(), 0);
}

TEST_F(TrainLoopTest, TellsWatchersOfARunThatWasCompleteBefore) {
  {
    Process before(config_, run_dir_, ledger_);
    ASSERT_TRUE(before.loop.Start("me:1").ok());
    ASSERT_TRUE(before.TrainSteps(4).ok());
  }
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  EXPECT_TRUE(process.loop.done());
  const auto report = process.board.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->final());
}

// A checkpoint was written under incarnation 2 of a ledger that is gone; the new one has none yet.
class LostLedgerTest : public TrainLoopTest {
 protected:
  LostLedgerTest() {
    FakeLedger lost;
    lost.incarnation = 1;
    Process before(config_, run_dir_, lost);
    EXPECT_TRUE(before.loop.Start("me:1").ok());
    EXPECT_TRUE(before.TrainSteps(2).ok());
  }
};

TEST_F(LostLedgerTest, IsNotReplacedByAnotherUnasked) {
  Process process(config_, run_dir_, ledger_);
  const absl::Status status = process.loop.Start("me:1");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("global_step_2"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--new-ledger"));
  EXPECT_EQ(ledger_.incarnation, 0);
  EXPECT_TRUE(std::filesystem::exists(run_dir_ + "/metrics.jsonl"));
}

TEST_F(LostLedgerTest, IsReplacedWhenToldSo) {
  Process process(config_, run_dir_, ledger_, /*rank=*/0, /*new_ledger=*/true);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  EXPECT_EQ(process.loop.step(), 2);
  EXPECT_EQ(ledger_.advanced.back().first.version, 2);
  const auto report = process.board.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->step(), 2);
  EXPECT_TRUE(process.TrainSteps(1).ok());
}

TEST_F(LostLedgerTest, DoesNotMatterToWhoStartsAfresh) {
  config_.checkpoint.resume = "off";
  Process process(config_, run_dir_, ledger_);
  EXPECT_TRUE(process.loop.Start("me:1").ok());
}

// The command line waits for the report of step 2 before it gives out the tasks of step 3.
TEST_F(TrainLoopTest, ReportsAgainAStepWhoseReportDiedWithTheLearner) {
  {
    Process killed(config_, run_dir_, ledger_);
    ASSERT_TRUE(killed.loop.Start("me:1").ok());
    ledger_.commit_status = absl::CancelledError("told to stop");
    EXPECT_TRUE(absl::IsCancelled(killed.TrainSteps(2)));
    EXPECT_FALSE(killed.board.NextReport(1, absl::ZeroDuration()).has_value());
  }
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  const auto report = process.board.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->step(), 2);
  EXPECT_FALSE(report->final());
  EXPECT_DOUBLE_EQ(report->metrics().at("reward_density"), 0.25);
  EXPECT_THAT(report->checkpoint(), HasSubstr("global_step_2"));
}

TEST_F(TrainLoopTest, KeepsTheMetricsOfAStepWhoseCheckpointWasItsLastDeed) {
  {
    Process killed(config_, run_dir_, ledger_);
    ASSERT_TRUE(killed.loop.Start("me:1").ok());
    ledger_.commit_status = absl::CancelledError("told to stop");
    EXPECT_TRUE(absl::IsCancelled(killed.TrainSteps(2)));
  }
  ledger_.commit_status = absl::OkStatus();
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(2).ok());
  const std::string lines = *ReadFile(run_dir_ + "/metrics.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
  EXPECT_THAT(lines, HasSubstr("{\"step\":2,"));
}

TEST_F(TrainLoopTest, KeepsAGaugeWhoseMetricAStepLacks) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  process.metrics.grad_norm.Set(3);
  ASSERT_TRUE(process.TrainSteps(1).ok());
  EXPECT_DOUBLE_EQ(process.metrics.grad_norm.Value(), 3);
  EXPECT_DOUBLE_EQ(process.metrics.loss.Value(), 0.5);
}

TEST_F(TrainLoopTest, EndsWhenANewerLearnerHasTakenTheRun) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ledger_.advance_status = absl::FailedPreconditionError("incarnation 2 exists");
  EXPECT_EQ(process.loop.RunOnce().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(TrainLoopTest, ChangesNothingWhenToldToStopWhileWaiting) {
  ledger_.frozen = 1;
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(1).ok());
  EXPECT_TRUE(absl::IsCancelled(process.loop.RunOnce()));
  EXPECT_EQ(process.loop.step(), 1);
  EXPECT_EQ(process.trainer.trained, 1);
}

TEST_F(TrainLoopTest, LetsOtherRanksOnlyTrain) {
  Process process(config_, run_dir_, ledger_, /*rank=*/1);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(2).ok());
  EXPECT_EQ(process.trainer.trained, 2);
  EXPECT_TRUE(ledger_.advanced.empty());
  EXPECT_TRUE(ledger_.committed.empty());
  EXPECT_FALSE(std::filesystem::exists(run_dir_ + "/metrics.jsonl"));
}

}  // namespace
}  // namespace hir
