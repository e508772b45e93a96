#include "hir/evaluation/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hir/base/file.h"
#include "hir/evaluation/compare.h"
#include "hir/evaluation/evaluation.h"
#include "hir/evaluation/results_json.h"
#include "hir/evaluation/suites.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;

// The share of the subsets of k of n answers that have one of the first c, by counting them.
double CountedPassAtK(int n, int c, int k) {
  int hits = 0;
  int subsets = 0;
  for (int set = 0; set < 1 << n; ++set) {
    if (__builtin_popcount(set) != k) continue;
    ++subsets;
    hits += (set & ((1 << c) - 1)) != 0;
  }
  return static_cast<double>(hits) / subsets;
}

TEST(PassAtK, IsTheShareOfSubsetsWithARightAnswer) {
  for (int n = 1; n <= 8; ++n) {
    for (int c = 0; c <= n; ++c) {
      for (int k = 1; k <= n; ++k) {
        EXPECT_THAT(PassAtK(n, c, k), DoubleNear(CountedPassAtK(n, c, k), 1e-12))
            << n << " " << c << " " << k;
      }
    }
  }
}

EvalOutcome Met(bool met, bool truncated = false) {
  EvalOutcome outcome;
  outcome.truncated = truncated;
  outcome.strict = {met ? Verdict::kPass : Verdict::kFail, Verdict::kPass};
  outcome.loose = {Verdict::kPass, Verdict::kPass};
  return outcome;
}

// Two prompts with four answers each, sample after sample: the first is met once, the second never.
std::vector<EvalOutcome> FourAnswersToTwo() {
  std::vector<EvalOutcome> outcomes(8, Met(false));
  outcomes[4] = Met(true, /*truncated=*/true);
  return outcomes;
}

std::vector<InstructionRecord> TwoRecords() {
  return {{{.source_id = "a", .question = "q", .constraints = {{.kind = "x:a"}, {.kind = "x:b"}}}},
          {{.source_id = "b", .question = "r", .constraints = {{.kind = "x:b"}, {.kind = "x:b"}}}}};
}

TEST(SampleScores, AreMeansOverThePrompts) {
  const auto scores = SampleScores(FourAnswersToTwo(), 4);
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_EQ(scores[0].first, "mean@4");
  EXPECT_DOUBLE_EQ(scores[0].second.value, (0.25 + 0) / 2);
  EXPECT_EQ(scores[1].first, "pass@2");
  EXPECT_DOUBLE_EQ(scores[1].second.value, (0.5 + 0) / 2);
  EXPECT_EQ(scores[2].first, "pass@4");
  EXPECT_DOUBLE_EQ(scores[2].second.value, (1.0 + 0) / 2);
  EXPECT_TRUE(SampleScores(FourAnswersToTwo(), 1).empty());
  EXPECT_THAT(SampleLines(scores), HasSubstr("pass@4                 50.0 %   [0.0, 100.0]"));
}

TEST(Summarise, TakesTheAnswersToAPromptTogether) {
  const EvalSummary summary = Summarise(FourAnswersToTwo(), 4);
  EXPECT_EQ(summary.prompts, 2);
  EXPECT_DOUBLE_EQ(summary.prompt_strict.value, 0.125);
  EXPECT_DOUBLE_EQ(summary.instruction_strict.value, 9.0 / 16);
  EXPECT_DOUBLE_EQ(summary.truncated_ratio.value, 0.125);
  // Two prompts say little, however many answers there are.
  EXPECT_EQ(summary.prompt_strict.low, 0);
  EXPECT_EQ(summary.prompt_strict.high, 0.25);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("2 prompts with 4 answers each"));
  EXPECT_THAT(SummaryTable(summary), HasSubstr("1 of 8 responses cut at the limit"));
}

TEST(ScoresByKind, CountsEveryConstraintOfEveryAnswer) {
  const auto kinds = ScoresByKind(TwoRecords(), FourAnswersToTwo());
  EXPECT_EQ(kinds.at("x:a").count, 4);
  EXPECT_EQ(kinds.at("x:a").strict, 1);
  EXPECT_EQ(kinds.at("x:a").loose, 4);
  EXPECT_EQ(kinds.at("x:b").count, 12);
  EXPECT_EQ(kinds.at("x:b").strict, 8);
  EXPECT_THAT(KindTable(kinds), HasSubstr("  25.0 %  100.0 %"));
}

TEST(ResultsJson, HasTheShapeOfLmEvalsFile) {
  const auto outcomes = FourAnswersToTwo();
  const auto json = ResultsJson({.suite = "s",
                                 .file = "f",
                                 .model = "m",
                                 .version = "1.2.3",
                                 .records = 9,
                                 .samples = 4,
                                 .summary = Summarise(outcomes, 4),
                                 .sample_scores = SampleScores(outcomes, 4),
                                 .kinds = ScoresByKind(TwoRecords(), outcomes)});
  const auto& results = json.at("results").at("s");
  EXPECT_EQ(results.at("alias"), "s");
  EXPECT_EQ(results.at("prompt_level_strict_acc,none"), 0.125);
  EXPECT_NEAR(results.at("prompt_level_strict_acc_stderr,none").get<double>(), 0.25 / 3.92, 1e-4);
  EXPECT_EQ(results.at("pass@4,none"), 0.5);
  EXPECT_EQ(json.at("higher_is_better").at("s").at("truncated"), false);
  EXPECT_EQ(json.at("n-samples").at("s").at("original"), 9);
  EXPECT_EQ(json.at("n-samples").at("s").at("effective"), 2);
  EXPECT_EQ(json.at("configs").at("s").at("repeats"), 4);
  EXPECT_EQ(json.at("kinds").at("s").at("x:a").at("strict"), 1);
  for (const char* key : {"group_subtasks", "versions", "n-shot", "config", "date", "model_name"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

TEST(CompareAnswers, PairsTheAnswersToEachPrompt) {
  const ScratchFolder scratch;
  const std::string path = scratch.Path("baseline.jsonl");
  const std::vector<InstructionRecord> records = TwoRecords();
  ASSERT_TRUE(WriteFileAtomically(path, OutcomeLines(records, FourAnswersToTwo())).ok());
  // One answer each, where the baseline has four, in another order.
  const auto baseline = ReadBaseline(path, {records[1], records[0]});
  ASSERT_TRUE(baseline.ok()) << baseline.status();
  const Comparison compared = CompareAnswers(*baseline, {Met(true), Met(false)});
  EXPECT_EQ(compared.prompts, 2u);
  EXPECT_DOUBLE_EQ(compared.metrics[0].before, 0.125);
  EXPECT_DOUBLE_EQ(compared.metrics[0].after, 0.5);
  EXPECT_DOUBLE_EQ(compared.metrics[0].change.low, -0.25);
  EXPECT_DOUBLE_EQ(compared.metrics[0].change.high, 1);
  EXPECT_THAT(Describe(compared, "there", "here"), HasSubstr("12.5 % there, 50.0 % here"));
}

TEST(ReadBaseline, RefusesAnswersToOtherPrompts) {
  const ScratchFolder scratch;
  const std::string path = scratch.Path("baseline.jsonl");
  const std::vector<InstructionRecord> records = TwoRecords();
  ASSERT_TRUE(WriteFileAtomically(path, OutcomeLines(records, FourAnswersToTwo())).ok());
  const auto fewer = ReadBaseline(path, {records[0]});
  EXPECT_EQ(fewer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(fewer.status().message()),
              HasSubstr("has answers to 2 prompts, which are not the 1 of the suite"));
  std::vector<InstructionRecord> other = records;
  other[1].question = "another";
  EXPECT_EQ(ReadBaseline(path, other).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadBaseline(scratch.Path("none"), records).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(FindSuite, KnowsNamesAndSaysWhereTheirFilesMustBe) {
  const ScratchFolder scratch;
  for (const auto& [name, how] : {std::pair("ifbench", "tools/fetch_ifbench.sh"),
                                  std::pair("ifeval", "input_data.jsonl of google/IFEval")}) {
    const std::string file = scratch.Path(std::string(name) + ".jsonl");
    const auto missing = FindSuite(name, scratch.path(), "");
    EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(missing.status().message()), HasSubstr(file));
    EXPECT_THAT(std::string(missing.status().message()), HasSubstr(how));
    ASSERT_TRUE(WriteFileAtomically(file, "").ok());
    EXPECT_EQ(FindSuite(name, scratch.path(), "")->file, file);
  }
  EXPECT_EQ(FindSuite("a/b.jsonl", "", "")->name, "b");
  EXPECT_EQ(FindSuite("a/b.jsonl", "", "")->file, "a/b.jsonl");
}

TEST(FindSuite, TakesTheHeldOutFileOfTheCheckpointsRun) {
  const ScratchFolder scratch;
  const std::string run = scratch.Path("runs/demo");
  ASSERT_TRUE(WriteFileAtomically(run + "/config.yaml", "data:\n  held_out: /data/h.jsonl\n").ok());
  for (const char* model : {"/checkpoints/best", "/checkpoints/global_step_2/"}) {
    const auto found = FindSuite("heldout", "", run + model);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->file, "/data/h.jsonl");
  }
  for (const std::string& model : {std::string(), scratch.path(), run}) {
    EXPECT_EQ(FindSuite("heldout", "", model).status().code(), absl::StatusCode::kInvalidArgument);
  }
  ASSERT_TRUE(WriteFileAtomically(run + "/config.yaml", "name: demo\n").ok());
  EXPECT_THAT(std::string(FindSuite("heldout", "", run + "/checkpoints/best").status().message()),
              HasSubstr("has no data.held_out"));
}

}  // namespace
}  // namespace hir
