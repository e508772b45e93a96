#include "services/learner/train_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_replace.h"
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
            const TrainLoopOptions& options = {})
        : trainer(rank),
          checkpoints(run_dir, config.checkpoint.keep_last),
          log(run_dir + "/metrics.jsonl"),
          metrics(registry),
          loop(config, {trainer, ledger, publisher, outbox, checkpoints, log, metrics, clock},
               options) {}

    absl::Status TrainSteps(int steps) {
      for (int i = 0; i < steps; ++i) {
        if (absl::Status status = loop.RunOnce(); !status.ok()) return status;
      }
      return absl::OkStatus();
    }

    prometheus::Registry registry;
    FakeTrainer trainer;
    FakePublisher publisher;
    LearnerOutbox outbox;
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
  EXPECT_EQ(process.outbox.weights().version.version, 1);
  EXPECT_EQ(process.outbox.weights().weights->bytes, "1");
}

TEST_F(TrainLoopTest, ReportsEachStepWithItsFactsAndEndsWithAFinalOne) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(4).ok());
  EXPECT_TRUE(process.loop.done());
  const auto first = process.outbox.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(first.has_value());
  EXPECT_DOUBLE_EQ(first->metrics().at("reward_density"), 0.25);
  EXPECT_DOUBLE_EQ(first->metrics().at("actor/pg_loss"), 0.5);
  EXPECT_FALSE(first->final());
  const auto last = process.outbox.NextReport(3, absl::ZeroDuration());
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

TEST_F(TrainLoopTest, CommitsOneWhereverTheBestIsLookedForOrOneIsKeptForEver) {
  config_.learner.total_steps = 7;
  config_.checkpoint.every = 0;
  config_.checkpoint.keep_every = 5;
  config_.checkpoint.keep_best = true;
  config_.checkpoint.best_metric = "eval/a/prompt_loose";
  config_.eval.every = 1;
  config_.eval.suites = {{.name = "a", .file = "f", .every = 3}};
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(7).ok());
  EXPECT_THAT(ledger_.committed, ElementsAre(Pair(3, 3), Pair(5, 3), Pair(6, 5), Pair(7, 6)));
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
  config_.checkpoint.resume = Resume::kOff;
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
  const auto report = process.outbox.NextReport(0, absl::ZeroDuration());
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
  Process process(config_, run_dir_, ledger_, /*rank=*/0, {.new_ledger = true});
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  EXPECT_EQ(process.loop.step(), 2);
  EXPECT_EQ(ledger_.advanced.back().first.version, 2);
  // Above that of the checkpoint, which would otherwise be taken for a newer one.
  EXPECT_EQ(ledger_.advanced.back().first.incarnation, 3);
  const auto report = process.outbox.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->step(), 2);
  EXPECT_TRUE(process.TrainSteps(1).ok());
}

TEST_F(LostLedgerTest, DoesNotMatterToWhoStartsAfresh) {
  config_.checkpoint.resume = Resume::kOff;
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
    EXPECT_FALSE(killed.outbox.NextReport(1, absl::ZeroDuration()).has_value());
  }
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  const auto report = process.outbox.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->step(), 2);
  EXPECT_FALSE(report->final());
  EXPECT_DOUBLE_EQ(report->metrics().at("reward_density"), 0.25);
  EXPECT_THAT(report->checkpoint(), HasSubstr("global_step_2"));
}

TEST_F(TrainLoopTest, ReportsAgainWhatAnOlderVersionMeasuredUnderANameOfItsOwn) {
  {
    Process killed(config_, run_dir_, ledger_);
    ASSERT_TRUE(killed.loop.Start("me:1").ok());
    ASSERT_TRUE(killed.TrainSteps(2).ok());
  }
  const std::string path = run_dir_ + "/metrics.jsonl";
  const std::string lines = absl::StrReplaceAll(
      *ReadFile(path), {{"\"actor/pg_loss\"", "\"actor/once_was\":7.0,\"actor/pg_loss\""}});
  ASSERT_TRUE(WriteFileAtomically(path, lines).ok());
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  const auto report = process.outbox.NextReport(0, absl::ZeroDuration());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->metrics().at("actor/once_was"), 7);
  EXPECT_EQ(report->metrics().at("actor/pg_loss"), 0.5);
  EXPECT_EQ(*ReadFile(path), lines);
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

// The first learner stands still between naming its checkpoint and removing older ones.
TEST_F(TrainLoopTest, AFrozenLearnerDestroysNothingOfItsSuccessor) {
  config_.learner.total_steps = 26;
  config_.checkpoint.keep_last = 1;
  Process frozen(config_, run_dir_, ledger_);
  ASSERT_TRUE(frozen.loop.Start("me:1").ok());
  ASSERT_TRUE(frozen.TrainSteps(3).ok());
  std::string metrics;
  ledger_.before_commit = [&] {
    Process successor(config_, run_dir_, ledger_);
    ASSERT_TRUE(successor.loop.Start("me:2").ok());
    EXPECT_EQ(successor.loop.step(), 4);
    ASSERT_TRUE(successor.TrainSteps(22).ok());
    metrics = *ReadFile(run_dir_ + "/metrics.jsonl");
  };
  EXPECT_EQ(frozen.loop.RunOnce().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*ReadFile(run_dir_ + "/metrics.jsonl"), metrics);
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 26);
  Process third(config_, run_dir_, ledger_);
  ASSERT_TRUE(third.loop.Start("me:3").ok());
  EXPECT_EQ(third.loop.step(), 26);
}

TEST_F(TrainLoopTest, ALearnerThatWasReplacedShowsNoCheckpoint) {
  Process replaced(config_, run_dir_, ledger_);
  ASSERT_TRUE(replaced.loop.Start("me:1").ok());
  ASSERT_TRUE(replaced.TrainSteps(1).ok());
  {
    Process successor(config_, run_dir_, ledger_);
    ASSERT_TRUE(successor.loop.Start("me:2").ok());
  }
  EXPECT_EQ(replaced.loop.RunOnce().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Checkpoints(run_dir_, 2).Steps().empty());
}

TEST_F(TrainLoopTest, KeepsTheMetricsWhenACheckpointThatTheLedgerKnowsIsGone) {
  {
    Process before(config_, run_dir_, ledger_);
    ASSERT_TRUE(before.loop.Start("me:1").ok());
    ASSERT_TRUE(before.TrainSteps(3).ok());
  }
  const std::string metrics = *ReadFile(run_dir_ + "/metrics.jsonl");
  std::filesystem::remove_all(run_dir_ + "/checkpoints");
  Process process(config_, run_dir_, ledger_);
  const absl::Status status = process.loop.Start("me:1");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a checkpoint of step 2"));
  EXPECT_EQ(*ReadFile(run_dir_ + "/metrics.jsonl"), metrics);
  EXPECT_EQ(ledger_.incarnation, 1);
}

TEST_F(TrainLoopTest, RefusesACheckpointWhoseNextSamplesReplayHasDeleted) {
  {
    Process before(config_, run_dir_, ledger_);
    ASSERT_TRUE(before.loop.Start("me:1").ok());
    ASSERT_TRUE(before.TrainSteps(2).ok());
  }
  ledger_.settings.set_dropped_step(3);
  Process process(config_, run_dir_, ledger_);
  EXPECT_THAT(std::string(process.loop.Start("me:1").message()), HasSubstr("steps up to 3"));
}

// What a run leaves that trained five steps and has the checkpoint of the fourth.
class DamagedLedgerTest : public TrainLoopTest {
 protected:
  DamagedLedgerTest() {
    config_.learner.total_steps = 9;
    Process before(config_, run_dir_, ledger_);
    EXPECT_TRUE(before.loop.Start("me:1").ok());
    EXPECT_TRUE(before.TrainSteps(5).ok());
    metrics_ = *ReadFile(run_dir_ + "/metrics.jsonl");
  }
  // Why a learner doesn't start; nothing was changed.
  std::string Refusal() {
    Process process(config_, run_dir_, ledger_);
    const absl::Status status = process.loop.Start("me:1");
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(*ReadFile(run_dir_ + "/metrics.jsonl"), metrics_);
    EXPECT_EQ(ledger_.incarnation, 1);
    return std::string(status.message());
  }

  std::string metrics_;
};

TEST_F(DamagedLedgerTest, NamesATrainedStepWhoseBatchWasFrozenAnew) {
  for (const int64_t step : {1, 4, 5}) {
    ledger_.frozen_anew = step;
    const std::string refusal = Refusal();
    EXPECT_THAT(refusal, HasSubstr("another batch of step " + std::to_string(step)));
    EXPECT_THAT(refusal, HasSubstr("--new-ledger"));
  }
}

TEST_F(DamagedLedgerTest, NamesATrainedStepThatIsLost) {
  ledger_.frozen = 4;
  EXPECT_THAT(Refusal(), HasSubstr("lost the batch of step 5"));
}

TEST_F(DamagedLedgerTest, NamesTheStepOfTheCheckpointWithoutMetrics) {
  metrics_.clear();
  ASSERT_TRUE(WriteFileAtomically(run_dir_ + "/metrics.jsonl", "").ok());
  ledger_.frozen = 3;
  EXPECT_THAT(Refusal(), HasSubstr("lost the batch of step 4"));
}

// Those up to its checkpoint are not expected of the ledger that follows a lost one.
TEST_F(DamagedLedgerTest, ComparesOnlyTheStepsOfANewLedger) {
  FakeLedger fresh;
  {
    Process first(config_, run_dir_, fresh, /*rank=*/0, {.new_ledger = true});
    ASSERT_TRUE(first.loop.Start("me:1").ok());
    ASSERT_TRUE(first.TrainSteps(1).ok());
  }
  fresh.frozen_anew = 3;
  Process second(config_, run_dir_, fresh);
  EXPECT_TRUE(second.loop.Start("me:1").ok());
  fresh.frozen_anew = 5;
  Process third(config_, run_dir_, fresh);
  EXPECT_TRUE(third.loop.Start("me:1").ok());  // Step 5 is to be trained again.
}

TEST_F(TrainLoopTest, DoesNotTrainAStepWhoseTasksWereAllAbandoned) {
  ledger_.abandoned_step = 2;
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(1).ok());
  const absl::Status status = process.loop.RunOnce();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  for (const char* part :
       {"step 2", "all of its 4 tasks", "the logits are not finite", "--skip-step 2"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }
  EXPECT_EQ(process.trainer.trained, 1);
  EXPECT_EQ(ledger_.advanced.back().first.version, 1);
}

TEST_F(TrainLoopTest, NamesTheWayOutOfABatchThatCannotBeTrained) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  process.trainer.train_status = absl::InvalidArgumentError("The batch holds token 1000000");
  const absl::Status status = process.loop.RunOnce();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("token 1000000; --skip-step 1"));
  EXPECT_EQ(ledger_.advanced.back().first.version, 0);
}

TEST_F(TrainLoopTest, SkipsAStepAtTheOperatorsWordOnceAndForAll) {
  config_.checkpoint.every = 0;
  ledger_.abandoned_step = 1;
  {
    Process process(config_, run_dir_, ledger_, /*rank=*/0, {.skip_steps = {1}});
    process.trainer.train_status = absl::InvalidArgumentError("not to be asked");
    ASSERT_TRUE(process.loop.Start("me:1").ok());
    ASSERT_TRUE(process.loop.RunOnce().ok());
    EXPECT_EQ(ledger_.advanced.back().first.version, 1);
    EXPECT_EQ(ledger_.advanced.back().second, "batch 1");
  }
  EXPECT_THAT(*ReadFile(run_dir_ + "/metrics.jsonl"), HasSubstr("\"training/skipped_step\":1.0"));
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  EXPECT_EQ(process.loop.step(), 1);
}

TEST_F(TrainLoopTest, WarnsOnceOfACollapseInItsReportAndItsMetrics) {
  Process process(config_, run_dir_, ledger_);
  ASSERT_TRUE(process.loop.Start("me:1").ok());
  ASSERT_TRUE(process.TrainSteps(1).ok());
  ledger_.entropy = 0.001;
  ASSERT_TRUE(process.TrainSteps(2).ok());
  EXPECT_EQ(process.outbox.NextReport(0, absl::ZeroDuration())->warnings_size(), 0);
  const auto second = process.outbox.NextReport(1, absl::ZeroDuration());
  ASSERT_EQ(second->warnings_size(), 1);
  EXPECT_THAT(second->warnings(0), HasSubstr("entropy has collapsed"));
  EXPECT_EQ(process.outbox.NextReport(2, absl::ZeroDuration())->warnings_size(), 0);
  EXPECT_THAT(*ReadFile(run_dir_ + "/metrics.jsonl"), HasSubstr("\"training/collapse_signs\":1.0"));
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
