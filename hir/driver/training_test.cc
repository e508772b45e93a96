#include "hir/driver/training.h"

#include <string>
#include <utility>
#include <vector>

#include "hir/evaluation/evaluation.h"
#include "cli/fake_ring.h"
#include "hir/driver/stall_watch.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/cluster/scratch_folder.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
    options_.held_out = {
        {{.source_id = "h",
          .question = "q",
          .constraints = {{.kind = "punctuation:no_comma", .text = "No commas."}}}}};
    options_.should_stop = [] { return false; };
    options_.health = [] { return absl::OkStatus(); };
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().total_steps = 5;
  }
  // As an interrupted run left it, without evaluations.
  void Trained(int64_t version, int64_t checkpoint) {
    absl::MutexLock lock(&ring_.state().mutex);
    ring_.state().version = version;
    ring_.state().checkpoint = checkpoint;
    ring_.state().tasks.emplace_back().set_step(version);
  }
  absl::Status Run() { return Training(options_, ring_.stubs()).Run(); }
  RunFolder Folder() { return RunFolder(options_.config); }
  std::vector<int64_t> Evaluated() {
    absl::MutexLock lock(&ring_.state().mutex);
    return ring_.state().evaluated;
  }

  ScratchFolder scratch_;
  FakeRing ring_;
  TrainingOptions options_;
};

TEST_F(TrainingTest, SaysWhatIsNewOfTheRing) {
  options_.news = [news = std::vector<std::string>{"hir-rollout was killed"}]() mutable {
    return std::exchange(news, {});
  };
  testing::internal::CaptureStdout();
  const absl::Status status = Run();
  const std::string output = testing::internal::GetCapturedStdout();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(output, HasSubstr("warning: hir-rollout was killed.\n"));
}

TEST(Summarise, CountsResponsesWhoseReasoningNeverEnded) {
  const EvalOutcome ended = {.text = "a</think>b", .reasoning_end = "</think>"};
  const EvalOutcome unended = {.text = "a", .reasoning_end = "</think>"};
  const EvalOutcome plain = {.text = "a"};
  const EvalSummary summary = Summarise({ended, unended, plain});
  EXPECT_EQ(summary.reasoning_unended, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("1 responses whose reasoning never ended"));
  EXPECT_EQ(SummaryTable(Summarise({ended, plain})).find("reasoning"), std::string::npos);
  EXPECT_EQ(OutcomeRecord({}, ended)["reasoning_ended"], true);
  EXPECT_EQ(OutcomeRecord({}, unended)["reasoning_ended"], false);
  EXPECT_FALSE(OutcomeRecord({}, plain).contains("reasoning_ended"));
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
  testing::internal::CaptureStdout();
  const absl::Status status = Run();
  const std::string said = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(said, HasSubstr("warning: replay's ledger has lost 4 tasks"));
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
  testing::internal::CaptureStdout();
  const absl::Status status = Run();
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              HasSubstr("\nwarning: step 1: the policy's entropy has collapsed.\n"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TrainingTest, ANewLedgerMakesRecordsOfLaterStepsAnew) {
  ASSERT_TRUE(Folder().SaveRollouts(3, {}).ok());
  ASSERT_TRUE(Folder().SaveRollouts(4, {}).ok());
  const std::vector<InstructionRecord> records(1, {{.source_id = "h", .question = "q"}});
  for (const int64_t step : {2, 4}) {
    ASSERT_TRUE(Folder().SaveEval(step, records, std::vector<EvalOutcome>(1)).ok());
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

TEST(StallWatch, TellsOnceThatNothingHappensWhileNobodyIsAtWork) {
  StallWatch watch;
  replay::v1::GetProgressResponse progress;
  progress.set_collecting_step(5);
  progress.set_collecting_expected(48);
  absl::Time now = absl::FromUnixSeconds(1000);
  EXPECT_EQ(watch.Look(progress, now), "");
  now += StallWatch::kPatience;
  EXPECT_THAT(watch.Look(progress, now), HasSubstr("step 5 has 0 of 48 responses"));
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(1)), "");
  progress.set_samples(1);
  EXPECT_EQ(watch.Look(progress, now), "");
  EXPECT_NE(watch.Look(progress, now + StallWatch::kPatience), "");
}

TEST(StallWatch, IsPatientWithAWorkerOrALearnerThatIsAtWork) {
  StallWatch watch;
  replay::v1::GetProgressResponse progress;
  const absl::Time now = absl::FromUnixSeconds(1000);
  progress.set_tasks_leased(1);
  EXPECT_EQ(watch.Look(progress, now), "");
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(1)), "");
  progress.set_tasks_leased(0);
  progress.set_newest_frozen_step(3);
  progress.mutable_weights()->set_version(2);
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(2)), "");
  EXPECT_EQ(watch.Look(progress, now + absl::Hours(3)), "");
}

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  void Sleep(absl::Duration duration) override { now_ += duration; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1000);
};

TEST(Evaluate, GoesOnWithAWorkerThatDiesLongAfterTheCallBegan) {
  FakeRing ring;
  {
    absl::MutexLock lock(&ring.state().mutex);
    ring.state().deaths = 2;
  }
  FakeClock clock;
  const std::vector<InstructionRecord> records(3, {{.source_id = "h", .question = "q"}});
  // Every answer takes its time.
  const auto outcomes =
      Evaluate(*ring.stubs().rollout, *ring.stubs().verifier, records, {},
               {.clock = clock,
                .progress = [&clock](size_t, size_t) { clock.Sleep(absl::Minutes(10)); },
                .should_stop = [] { return false; }});
  EXPECT_TRUE(outcomes.ok()) << outcomes.status();
}

TEST(Evaluate, EndsAtOnceWhenItIsStoppedWhileTheWorkerSaysNothing) {
  FakeRing ring;
  {
    absl::MutexLock lock(&ring.state().mutex);
    ring.state().silent_worker = true;
  }
  RealClock clock;
  const auto asked = [&ring] {
    absl::MutexLock lock(&ring.state().mutex);
    return ring.state().asked;
  };
  const auto outcomes = Evaluate(
      *ring.stubs().rollout, *ring.stubs().verifier, {{{.source_id = "h", .question = "q"}}}, {},
      {.clock = clock, .progress = [](size_t, size_t) {}, .should_stop = asked});
  EXPECT_EQ(outcomes.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(TrainingTest, DoesNothingTwiceInARunThatIsComplete) {
  ASSERT_TRUE(Run().ok());
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Evaluated(), ElementsAre(0, 2, 4, 5));
}

TEST_F(TrainingTest, WithoutHeldOutPromptsNothingIsEvaluated) {
  options_.held_out.clear();
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(Evaluated().empty());
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

TEST(Summarise, CountsUndecidableAsNotMet) {
  std::vector<EvalOutcome> outcomes(4);
  outcomes[0].strict = {Verdict::kPass, Verdict::kPass};
  outcomes[1].strict = {Verdict::kPass, Verdict::kUndecidable};
  outcomes[2].strict = {Verdict::kFail};
  outcomes[3].strict = {Verdict::kPass};
  outcomes[3].truncated = true;
  for (EvalOutcome& outcome : outcomes) outcome.loose = outcome.strict;
  const EvalSummary summary = Summarise(outcomes);
  EXPECT_DOUBLE_EQ(summary.prompt_strict.value, 0.5);
  EXPECT_DOUBLE_EQ(summary.instruction_strict.value, 4.0 / 6);
  EXPECT_DOUBLE_EQ(summary.truncated_ratio, 0.25);
  EXPECT_EQ(summary.undecidable, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("prompt strict          50.0 %"));
}

TEST(Summarise, OfNothingIsAllZero) { EXPECT_EQ(Summarise({}).prompt_strict.value, 0); }

}  // namespace
}  // namespace hir
