#include "hir/evaluation/evaluation.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/evaluation/compare.h"
#include "hir/fakes/fake_ring.h"
#include "hir/testing/manual_clock.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Evaluate, GoesOnWithAWorkerThatDiesLongAfterTheCallBegan) {
  FakeRing ring;
  {
    absl::MutexLock lock(&ring.state().mutex);
    ring.state().deaths = 2;
  }
  ManualClock clock;
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

TEST(Summarise, CountsResponsesWhoseReasoningNeverEnded) {
  const EvalOutcome ended = {.text = "a</think>b", .reasoning_end = "</think>"};
  const EvalOutcome unended = {.text = "a", .reasoning_end = "</think>"};
  const EvalOutcome plain = {.text = "a"};
  const EvalSummary summary = Summarise({ended, unended, plain});
  EXPECT_EQ(summary.reasoning_unended, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("1 responses whose reasoning never ended"));
  EXPECT_EQ(SummaryTable(Summarise({ended, plain})).find("reasoning"), std::string::npos);
  EXPECT_EQ(OutcomeJson({}, ended)["reasoning_ended"], true);
  EXPECT_EQ(OutcomeJson({}, unended)["reasoning_ended"], false);
  EXPECT_FALSE(OutcomeJson({}, plain).contains("reasoning_ended"));
}

TEST(Summarise, CountsUndecidableAsNotMet) {
  std::vector<EvalOutcome> outcomes(4);
  outcomes[0].strict = {Verdict::kPass, Verdict::kPass};
  outcomes[1].strict = {Verdict::kPass, Verdict::kUndecidable};
  outcomes[2].strict = {Verdict::kFail};
  outcomes[3].strict = {Verdict::kPass};
  for (EvalOutcome& outcome : outcomes) outcome.loose = outcome.strict;
  const EvalSummary summary = Summarise(outcomes);
  EXPECT_DOUBLE_EQ(summary.prompt_strict.value, 0.5);
  EXPECT_DOUBLE_EQ(summary.instruction_strict.value, 4.0 / 6);
  EXPECT_EQ(summary.undecidable, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("prompt strict          50.0 %"));
}

TEST(Summarise, TellsHowManyResponsesWereCutAtTheLimit) {
  std::vector<EvalOutcome> outcomes(4);
  EXPECT_THAT(SummaryTable(Summarise(outcomes)), HasSubstr("0 of 4 responses cut at the limit"));
  outcomes[3].truncated = true;
  const EvalSummary summary = Summarise(outcomes);
  EXPECT_EQ(summary.truncated, 1);
  EXPECT_DOUBLE_EQ(summary.truncated_ratio.value, 0.25);
  EXPECT_GT(summary.truncated_ratio.low, 0);
  EXPECT_LT(summary.truncated_ratio.high, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("cut at the limit       25.0 %   ["));
  EXPECT_THAT(SummaryTable(summary), HasSubstr("1 of 4 responses cut at the limit"));
  const auto line = SummaryJson(2, summary);
  EXPECT_EQ(line["truncated"], 1);
  EXPECT_EQ(line["truncated_ratio"], 0.25);
  EXPECT_EQ(line["truncated_ratio_low"], summary.truncated_ratio.low);
  EXPECT_EQ(line["truncated_ratio_high"], summary.truncated_ratio.high);
}

TEST(Summarise, OfNothingIsAllZero) { EXPECT_EQ(Summarise({}).prompt_strict.value, 0); }

// An evaluation of three prompts of which the first `met` are met.
absl::Status SaveEvaluation(const RunFolder& folder, int64_t step, int met) {
  const std::vector<InstructionRecord> records(3, {{.source_id = "a", .question = "q"}});
  std::vector<EvalOutcome> outcomes(3);
  for (int i = 0; i < 3; ++i) {
    outcomes[i].strict = {i < met ? Verdict::kPass : Verdict::kUndecidable};
    outcomes[i].loose = outcomes[i].strict;
  }
  return folder.SaveEvaluation(step, OutcomeLines(records, outcomes), Summarise(outcomes));
}

TEST(CompareEvaluations, TellsWhatChangedOnTheSamePrompts) {
  const ScratchFolder scratch;
  RunConfig config;
  config.output_dir = scratch.path();
  const RunFolder folder(config);
  ASSERT_TRUE(SaveEvaluation(folder, 0, 1).ok());
  ASSERT_TRUE(SaveEvaluation(folder, 5, 3).ok());
  EXPECT_THAT(*folder.ReadVerdicts(0),
              ElementsAre(ElementsAre(Verdict::kPass), ElementsAre(Verdict::kUndecidable),
                          ElementsAre(Verdict::kUndecidable)));
  const auto compared = CompareEvaluations(folder, 0, 5);
  ASSERT_TRUE(compared.ok()) << compared.status();
  EXPECT_THAT(Describe(*compared), HasSubstr("33.3 % before, 100.0 % after"));
  ASSERT_TRUE(folder.SaveComparison(*compared).ok());
  const auto record = nlohmann::json::parse(*ReadFile(folder.path() + "/comparison.json"));
  EXPECT_EQ(record["prompts"], 3);
  ASSERT_EQ(record["comparisons"].size(), 2u);
  for (const auto& comparison : record["comparisons"]) {
    EXPECT_LE(comparison["low"].get<double>(), comparison["high"].get<double>());
  }
}

TEST(CompareEvaluations, RefusesEvaluationsOfOtherPrompts) {
  const ScratchFolder scratch;
  RunConfig config;
  config.output_dir = scratch.path();
  const RunFolder folder(config);
  ASSERT_TRUE(SaveEvaluation(folder, 0, 1).ok());
  ASSERT_TRUE(folder.SaveEvaluation(5, "", {}).ok());
  EXPECT_EQ(CompareEvaluations(folder, 0, 5).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hir
