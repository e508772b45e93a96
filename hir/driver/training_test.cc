#include "hir/driver/training.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/driver/best_step.h"
#include "hir/evaluation/evaluation.h"
#include "hir/fakes/fake_ring.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Keeps what it is told.
struct Recorder : RunObserver {
  void OnStep(const learner::v1::StepReport& report, absl::Duration) override {
    steps.push_back(report.step());
  }
  void OnWarning(const std::string& sentence) override { warnings.push_back(sentence); }
  void OnEvaluated(int64_t step, const EvalSummary& summary, absl::Duration) override {
    evaluated.emplace_back(step, summary.prompt_strict.value);
  }

  std::vector<int64_t> steps;
  std::vector<std::string> warnings;
  std::vector<std::pair<int64_t, double>> evaluated;  // Step, and prompts met.
};

class TrainingTest : public ::testing::Test {
 protected:
  TrainingTest() {
    options_.config.output_dir = scratch_.path();
    options_.config.rollout.train_batch_size = kFakeTasksPerStep;
    options_.config.rollout.responses_per_prompt = 1;
    options_.config.learner.total_steps = 5;
    options_.config.eval.every = 2;
    options_.train = {{{.source_id = "a", .question = "q"}}};
    options_.train_files = {{.records = 1, .weight = 1}};
    options_.suites = {{.suite = {.file = "h", .every = 2}, .records = Records()}};
    options_.should_stop = [] { return false; };
    options_.health = [] { return absl::OkStatus(); };
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().total_steps = 5;
  }
  static std::vector<InstructionRecord> Records() {
    return {{{.source_id = "h",
              .question = "q",
              .constraints = {{.kind = "punctuation:no_comma", .text = "No commas."}}}}};
  }
  // As an interrupted run left it, without evaluations.
  void Trained(int64_t version, int64_t checkpoint) {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().version = version;
    ring_.state().checkpoint = checkpoint;
    ring_.state().tasks.emplace_back().set_step(version);
  }
  absl::Status Run() {
    Training training(options_, ring_.stubs(), recorder_);
    const absl::Status status = training.Run();
    stopped_early_ = training.stopped_early();
    return status;
  }
  std::vector<int64_t> MarkedBest() {
    absl::MutexLock lock(&ring_.state().mutex);
    return ring_.state().marked_best;
  }
  RunFolder Folder() { return RunFolder(options_.config); }
  std::vector<int64_t> Evaluated() {
    absl::MutexLock lock(&ring_.state().mutex);
    return ring_.state().evaluated;
  }

  ScratchFolder scratch_;
  FakeRing ring_;
  TrainingOptions options_;
  Recorder recorder_;
  std::string stopped_early_;
};

TEST_F(TrainingTest, TellsOfEveryStepAndEvaluationInOrder) {
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(recorder_.steps, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(recorder_.evaluated, ElementsAre(std::pair(0, 0.0), std::pair(2, 1.0),
                                               std::pair(4, 1.0), std::pair(5, 1.0)));
}

TEST_F(TrainingTest, SaysWhatIsNewOfTheRing) {
  options_.news = [news = std::vector<std::string>{"hir-rollout was killed"}]() mutable {
    return std::exchange(news, {});
  };
  const absl::Status status = Run();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(recorder_.warnings, Contains("hir-rollout was killed"));
}

TEST_F(TrainingTest, PutsEveryTaskOnceAndInOrder) {
  ASSERT_TRUE(Run().ok());
  absl::MutexLock lock(&ring_.state().mutex);
  ASSERT_EQ(ring_.state().tasks.size(), 10u);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(ring_.state().tasks[i].task(), i);
}

TEST_F(TrainingTest, EvaluatesBeforeDuringAndAfterOnTheWeightsOfThatStep) {
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(0, 2, 4, 5));
  EXPECT_THAT(*Folder().ReadVerdicts(0), ElementsAre(ElementsAre(Verdict::kUndecidable)));
  EXPECT_THAT(*Folder().ReadVerdicts(5), ElementsAre(ElementsAre(Verdict::kPass)));
}

TEST_F(TrainingTest, EvaluatesWithTheWorkersThatReplayListsAtThatTime) {
  std::vector<std::vector<std::string>> connected;
  options_.connect = [&](const RingAddresses& addresses) {
    connected.push_back(addresses.rollouts);
    {
      absl::MutexLock lock(&ring_.state().mutex);
      ring_.state().workers.push_back(ring_.address());
    }
    return ConnectRing(addresses, {});
  };
  ring_.stubs().rollouts.clear();
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().workers = {ring_.address()};
    ring_.state().calls_before_workers = 1;
  }
  const absl::Status status = Run();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(connected, ElementsAre(SizeIs(1), SizeIs(2), SizeIs(3), SizeIs(4)));
  EXPECT_EQ(ring_.stubs().rollouts.size(), 4u);
  EXPECT_THAT(*Folder().ReadVerdicts(5), ElementsAre(ElementsAre(Verdict::kPass)));
  EXPECT_THAT(recorder_.warnings,
              ElementsAre(HasSubstr("the evaluation of step 0 waits for a rollout worker")));
}

TEST_F(TrainingTest, SavesTheRolloutsOfEveryStep) {
  ASSERT_TRUE(Run().ok());
  for (int64_t step = 1; step <= 5; ++step) EXPECT_TRUE(Folder().HasRollouts(step));
}

TEST_F(TrainingTest, GoesOnWhenTheLearnerBreaksItsStream) {
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().broken_streams = 2;
  }
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(Folder().HasRollouts(5));
}

TEST_F(TrainingTest, DropsAnswersOfAWorkerThatFellBackToOlderWeights) {
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().stale_answers = 1;
  }
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(0, 2, 2, 4, 5));
  EXPECT_THAT(*Folder().ReadVerdicts(2), ElementsAre(ElementsAre(Verdict::kPass)));
}

TEST_F(TrainingTest, MakesUpForAnEvaluationThatWasInterrupted) {
  Trained(/*version=*/2, /*checkpoint=*/2);
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(2, 4, 5));
}

TEST_F(TrainingTest, MakesUpForItOnceALearnerWithAnOlderCheckpointIsThereAgain) {
  Trained(/*version=*/2, /*checkpoint=*/1);
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(2, 4, 5));
}

TEST_F(TrainingTest, PutsNoTasksOfStepsThatAreTrained) {
  Trained(/*version=*/2, /*checkpoint=*/2);
  ASSERT_TRUE(Run().ok());
  absl::MutexLock lock(&ring_.state().mutex);
  ASSERT_EQ(ring_.state().tasks.size(), 1u + 6);
  EXPECT_EQ(ring_.state().tasks[1].step(), 3);
}

TEST_F(TrainingTest, ANewLedgerBeginsAfterTheStepThatTheLearnerRestored) {
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().restored = 3;
  }
  options_.new_ledger = true;
  ASSERT_TRUE(Run().ok());
  absl::MutexLock lock(&ring_.state().mutex);
  ASSERT_FALSE(ring_.state().tasks.empty());
  EXPECT_EQ(ring_.state().tasks[0].step(), 4);
  EXPECT_THAT(ring_.state().evaluated, ElementsAre(4, 5));
}

TEST_F(TrainingTest, AsksAgainForRolloutsThatItDidNotGet) {
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().broken_reads = 1;
  }
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(Folder().HasRollouts(1));
}

TEST_F(TrainingTest, PutsTasksAgainThatTheLedgerHasLost) {
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().puts_to_lose = 1;
  }
  const absl::Status status = Run();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(recorder_.warnings, Contains(HasSubstr("replay's ledger has lost 4 tasks")));
  absl::MutexLock lock(&ring_.state().mutex);
  EXPECT_EQ(ring_.state().tasks.size(), 10u);
}

TEST_F(TrainingTest, EndsWhenTheLedgerHasLostTheRun) {
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().puts_to_lose = 1;
    ring_.state().lost_run = true;
  }
  const absl::Status status = Run();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("lost run"));
}

TEST_F(TrainingTest, ShowsTheLearnersWarnings) {
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().warning = "step 1: the policy's entropy has collapsed";
  }
  const absl::Status status = Run();
  EXPECT_THAT(recorder_.warnings, Contains("step 1: the policy's entropy has collapsed"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TrainingTest, ANewLedgerMakesRecordsOfLaterStepsAnew) {
  ASSERT_TRUE(Folder().SaveRollouts(3, {}).ok());
  ASSERT_TRUE(Folder().SaveRollouts(4, {}).ok());
  const std::vector<InstructionRecord> records(1, {{.source_id = "h", .question = "q"}});
  for (const int64_t step : {2, 4}) {
    ASSERT_TRUE(
        Folder().SaveEvaluation(step, OutcomeLines(records, std::vector<EvalOutcome>(1)), {}).ok());
  }
  {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().restored = 3;
  }
  options_.new_ledger = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(4, 5));
  EXPECT_THAT(*ReadFile(Folder().path() + "/rollouts/step_000003.jsonl"), "");
  EXPECT_THAT(*ReadFile(Folder().path() + "/rollouts/step_000004.jsonl"), HasSubstr("step"));
}

TEST_F(TrainingTest, DoesNothingTwiceInARunThatIsComplete) {
  ASSERT_TRUE(Run().ok());
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(0, 2, 4, 5));
}

TEST_F(TrainingTest, WithoutHeldOutPromptsNothingIsEvaluated) {
  options_.suites.clear();
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(Evaluated().empty());
}

TEST_F(TrainingTest, EvaluatesEachSuiteAtItsOwnStepsAndKeepsThemApart) {
  options_.suites.push_back(
      {.suite = {.name = "more", .file = "m", .every = 3}, .records = Records()});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(0, 0, 2, 3, 4, 5, 5));
  EXPECT_THAT(Folder().EvaluatedSteps(), ElementsAre(0, 2, 4, 5));
  EXPECT_THAT(Folder().EvaluatedSteps("more"), ElementsAre(0, 3, 5));
  EXPECT_TRUE(Folder().HasEvaluation(3, "more"));
}

// From version 1 on the fake's verdicts are all the same.
TEST_F(TrainingTest, HasTheFirstOfTheBestKept) {
  options_.config.checkpoint.keep_best = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(MarkedBest(), ElementsAre(2));
  EXPECT_EQ(stopped_early_, "");
}

TEST_F(TrainingTest, EndsOnceItNoLongerImprovesAndStaysEnded) {
  options_.config.checkpoint.keep_best = true;
  options_.config.eval.patience = 1;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(stopped_early_,
              HasSubstr("ended after step 4 of 5: none of the last 1 evaluations was better than "
                        "eval/prompt_strict = 1.0000 after step 2"));
  EXPECT_THAT(recorder_.steps, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(Folder().HasRollouts(4));
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(stopped_early_, HasSubstr("ended after step 4 of 5"));
  EXPECT_THAT(recorder_.steps, ElementsAre(1, 2, 3, 4));
  // Told again, since a command may be killed before it has told the learner.
  EXPECT_THAT(MarkedBest(), ElementsAre(2, 2));
}

TEST(FindBestStep, CountsTheEvaluationsSinceTheFirstOfTheHighest) {
  EXPECT_FALSE(FindBestStep({}).has_value());
  EXPECT_FALSE(FindBestStep({{0, 0.9}}).has_value());
  const auto best = FindBestStep({{0, 0.9}, {10, 0.2}, {20, 0.5}, {30, 0.5}, {40, 0.4}});
  ASSERT_TRUE(best.has_value());
  EXPECT_EQ(best->step, 20);
  EXPECT_EQ(best->score, 0.5);
  EXPECT_EQ(best->evaluations_since, 2);
}

TEST_F(TrainingTest, KeepsMetricsOfALearnerElsewhere) {
  options_.save_metrics = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(*ReadFile(Folder().path() + "/metrics.jsonl"), HasSubstr("{\"step\":5}\n"));
}

TEST_F(TrainingTest, EndsWhenItIsInterrupted) {
  options_.should_stop = [] { return true; };
  EXPECT_EQ(Run().code(), absl::StatusCode::kCancelled);
}

TEST_F(TrainingTest, EndsWhenTheRingCannotGoOn) {
  options_.health = [] { return absl::UnavailableError("hir-learner ended with code 1"); };
  EXPECT_THAT(std::string(Run().message()), HasSubstr("hir-learner"));
}

}  // namespace
}  // namespace hir
