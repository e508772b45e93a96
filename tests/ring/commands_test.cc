// Tests the command line with real processes, on the results of one short training run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/supervisor/local_ring.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

constexpr absl::Duration kDeadline = absl::Minutes(4);
constexpr int kSteps = 6;
constexpr size_t kResponsesPerStep = 8 * 6;

// What a response is replayed as, in a rollouts file and in what `hir hindsight` prints.
json ReplayOf(const json& record) {
  json replay;
  for (const char* name : {"task", "sample", "score", "diversity_nats", "integrity",
                           "kept_constraints", "dropped_constraints", "rewritten_instruction"}) {
    replay[name] = record.at(name);
  }
  return replay;
}

// Runs `hir hindsight` on the rollouts of a step, expects it to name what the run replayed and
// nothing else, and returns its totals.
json ExpectHindsightRepeats(TinyRun& run, int step) {
  const std::string rollouts = absl::StrCat(run.folder(), "/rollouts/step_00000", step, ".jsonl");
  const auto hir = run.StartHir({"hindsight", "--input", rollouts, absl::StrCat("--step=", step)});
  EXPECT_EQ(hir->Wait(kDeadline), 0) << hir->Output();
  std::vector<json> lines = ParseJsonLines(hir->Output());
  if (lines.empty()) return {{"replayed", -1}};
  const json totals = lines.back();
  lines.pop_back();
  std::vector<json> shown, replayed;
  for (const json& line : lines) shown.push_back(ReplayOf(line));
  for (const json& record : ReadJsonLines(rollouts)) {
    if (record.at("replayed").get<bool>()) replayed.push_back(ReplayOf(record));
  }
  EXPECT_THAT(shown, UnorderedElementsAreArray(replayed));
  return totals;
}

// Trains once for all tests of the suite: two constraints, evaluations, replay.
class TrainedRing : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    run_ = new TinyRun("trained", TinyConstraints::kLetterAndNoComma);
    const auto training =
        run_->StartTraining({absl::StrCat("learner.total_steps=", kSteps), "eval.every=3",
                             "checkpoint.keep_best=true", "checkpoint.keep_every=4",
                             absl::StrCat("eval.suites=[{name: more, file: ", run_->held_out_path(),
                                          ", every: 2, prompts: 2}]")});
    ended_well_ = training->Wait(kDeadline) == 0;
    output_ = training->Output();
  }
  static void TearDownTestSuite() {
    delete run_;
    run_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(ended_well_) << output_; }

  // Runs `hir`, expects exit code 0, and returns its output.
  static std::string Hir(const std::vector<std::string>& arguments) {
    const auto hir = run_->StartHir(arguments);
    EXPECT_EQ(hir->Wait(kDeadline), 0) << hir->Output();
    return hir->Output();
  }
  static std::string Path(const std::string& name) {
    return absl::StrCat(run_->folder(), "/", name);
  }
  static std::string Checkpoint() { return Path(absl::StrCat("checkpoints/global_step_", kSteps)); }

  static TinyRun* run_;
  static bool ended_well_;
  static std::string output_;
};

TinyRun* TrainedRing::run_ = nullptr;
bool TrainedRing::ended_well_ = false;
std::string TrainedRing::output_;

TEST_F(TrainedRing, LeavesACheckpointRolloutsAndAReport) {
  EXPECT_EQ(run_->Rollouts().size(), kSteps * kResponsesPerStep);
  EXPECT_TRUE(std::filesystem::exists(Path("report.html")));
  EXPECT_TRUE(std::filesystem::exists(Checkpoint() + "/model.safetensors"));
}

// Probabilities over 258 tokens are small; a difference is visible in their logarithms.
TEST_F(TrainedRing, RolloutAndLearnerAgreeOnLogProbabilities) {
  ASSERT_EQ(run_->Metrics().size(), static_cast<size_t>(kSteps));
  for (const json& metrics : run_->Metrics()) {
    EXPECT_LE(metrics.at("training/rollout_logprobs_abs_diff_mean").get<double>(), 1e-3);
  }
}

TEST_F(TrainedRing, ReplaysFailuresAndTrainsOnThem) {
  std::map<int, double> replayed;
  for (const json& record : run_->Rollouts()) {
    replayed[record.at("step").get<int>()] += record.at("replayed").get<bool>();
  }
  for (const json& metrics : run_->Metrics()) {
    EXPECT_GT(metrics.at("hindsight/replayed").get<double>(), 0);
    EXPECT_EQ(metrics.at("hindsight/replayed").get<double>(),
              replayed[metrics.at("step").get<int>()]);
    EXPECT_GT(metrics.at("ratio/replayed_mean").get<double>(), 0);
  }
}

TEST_F(TrainedRing, RewritesTheInstructionOfAReplayedFailureToTheConstraintsItMet) {
  for (const json& record : run_->Rollouts()) {
    if (!record.at("replayed").get<bool>()) continue;
    const std::string rewritten = record.at("rewritten_instruction").get<std::string>();
    EXPECT_THAT(rewritten, HasSubstr(record.at("question").get<std::string>()));
    for (const json& constraint : record.at("constraints")) {
      const std::string text = constraint.at("text").get<std::string>();
      if (constraint.at("verdict") == "pass") {
        EXPECT_THAT(rewritten, HasSubstr(text));
      } else {
        EXPECT_THAT(rewritten, Not(HasSubstr(text)));
      }
    }
  }
}

TEST_F(TrainedRing, IsEvaluatedBeforeDuringAndAfterAndTheReportShowsIt) {
  std::vector<int> steps;
  for (const json& line : run_->Evaluations()) {
    steps.push_back(line.at("step").get<int>());
    EXPECT_EQ(line.at("prompts").get<int>(), TinyRun::kHeldOut);
  }
  EXPECT_EQ(steps, (std::vector<int>{0, kSteps / 2, kSteps}));
  for (const int step : steps) {
    const auto outcomes = ReadJsonLines(Path(absl::StrCat("eval/step_00000", step, ".jsonl")));
    ASSERT_EQ(outcomes.size(), static_cast<size_t>(TinyRun::kHeldOut));
    for (const json& outcome : outcomes) EXPECT_EQ(outcome.at("policy_version").get<int>(), step);
  }
  // In the report's data; docs/dashboard.md says how the page draws them.
  EXPECT_THAT(*ReadFile(Path("report.html")), HasSubstr("\"prompt_strict\":"));
}

TEST_F(TrainedRing, EvaluatesASuiteAtItsOwnStepsBesideTheHeldOutFile) {
  std::vector<int> steps;
  for (const json& line : ReadJsonLines(Path("eval/more/eval.jsonl"))) {
    steps.push_back(line.at("step").get<int>());
    EXPECT_EQ(line.at("prompts").get<int>(), 2);
  }
  EXPECT_EQ(steps, (std::vector<int>{0, 2, 4, 6}));
  EXPECT_THAT(output_, HasSubstr("evaluation by more after step 2"));
}

TEST_F(TrainedRing, KeepsTheBestCheckpointAndThoseOfEveryNthStep) {
  std::pair<double, int> best = {-1, 0};
  for (const json& line : run_->Evaluations()) {
    const int step = line.at("step").get<int>();
    if (step > 0) best = std::max(best, {line.at("prompt_strict").get<double>(), -step});
  }
  EXPECT_EQ(std::filesystem::read_symlink(Path("checkpoints/best")),
            absl::StrCat("global_step_", -best.second));
  EXPECT_TRUE(std::filesystem::exists(Path("checkpoints/best/model.safetensors")));
  EXPECT_TRUE(std::filesystem::exists(Path("checkpoints/global_step_4/model.safetensors")));
  EXPECT_THAT(output_, HasSubstr("best:       "));
}

TEST_F(TrainedRing, ReportIsWrittenAnewByTheCommand) {
  const std::string before = *ReadFile(Path("report.html"));
  std::filesystem::remove(Path("report.html"));
  Hir({"report", run_->folder()});
  EXPECT_EQ(ReadFile(Path("report.html")).value_or(""), before);
}

TEST_F(TrainedRing, IsReadByTensorBoardUnderTheNamesOfItsFiles) {
  const auto reader = run_->StartTensorBoardReader();
  const auto code = reader->Wait(kDeadline);
  if (code == 77) GTEST_SKIP() << reader->Output();
  EXPECT_EQ(code, 0) << reader->Output();
}

TEST_F(TrainedRing, HindsightCommandNamesWhatTheRunReplayedAtEachStep) {
  for (int step = 1; step <= kSteps; ++step) {
    SCOPED_TRACE(step);
    EXPECT_GT(ExpectHindsightRepeats(*run_, step).at("replayed").get<int>(), 0);
  }
}

TEST_F(TrainedRing, EvalCommandAnswersAndJudgesEveryPromptOfTheSuite) {
  const std::string answers = Path("answers.jsonl");
  const std::string table = Hir({"eval", "--model", Checkpoint(), "--suite", run_->held_out_path(),
                                 "--max-tokens=16", "--log-samples", answers});
  EXPECT_THAT(table, HasSubstr(absl::StrCat(TinyRun::kHeldOut, " prompts")));
  EXPECT_THAT(table, HasSubstr("prompt strict"));
  EXPECT_THAT(table, HasSubstr("punctuation:no_comma"));
  const auto records = ReadJsonLines(answers);
  ASSERT_EQ(records.size(), static_cast<size_t>(TinyRun::kHeldOut));
  for (const json& record : records) EXPECT_EQ(record.at("strict").size(), 2u);
}

TEST_F(TrainedRing, EvalCommandDrawsSeveralAnswersAndComparesTwoModels) {
  const std::string before = Path("before.jsonl"), results = Path("results.json");
  const auto eval = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "eval");
    for (const char* flag : {"--samples=3", "--temperature=1", "--max-tokens=16"}) {
      arguments.emplace_back(flag);
    }
    return Hir(arguments);
  };
  eval(
      {"--model", run_->model_folder(), "--suite", run_->held_out_path(), "--log-samples", before});
  EXPECT_EQ(ReadJsonLines(before).size(), size_t{3 * TinyRun::kHeldOut});
  const std::string table = eval({"--model", Path("checkpoints/best"), "--suite=heldout",
                                  "--baseline", before, "--output", results});
  for (const char* part :
       {"8 prompts with 3 answers each", "mean@3", "pass@2", "pass@3", "of the baseline"}) {
    EXPECT_THAT(table, HasSubstr(part));
  }
  const json written = json::parse(*ReadFile(results));
  EXPECT_EQ(written.at("n-samples").at("heldout").at("effective"), 8);
  const json& scores = written.at("results").at("heldout");
  EXPECT_GE(scores.at("pass@3,none").get<double>(),
            scores.at("prompt_level_strict_acc,none").get<double>());
}

TEST_F(TrainedRing, GenerateCommandAnswersThePrompt) {
  const std::string answer =
      Hir({"generate", "--model", Checkpoint(), "--prompt=Say something.", "--max-tokens=16"});
  EXPECT_GT(answer.size(), 1u);
}

// A chat template may make more of fewer words: this one fills the prompt of half of the
// instructions as soon as the letter is not asked for any more.
TEST(HindsightCommand, NamesWhatTheRunReplayedWhereSomeRewrittenPromptsAreTooLong) {
  TinyRun run("long-prompts", TinyConstraints::kLetterAndNoComma);
  ASSERT_TRUE(WriteFileAtomically(run.model_folder() + "/chat_template.jinja",
                                  "{% for message in messages %}{{ message['content'] }}"
                                  "{% if '1' in message['content'] and "
                                  "'letter' not in message['content'] %}"
                                  "{% for i in range(9) %}{{ message['content'] }}{% endfor %}"
                                  "{% endif %}{% endfor %}")
                  .ok());
  const auto training = run.StartTraining({"learner.total_steps=2"});
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  int too_long = 0;
  for (const int step : {1, 2}) {
    SCOPED_TRACE(step);
    const json totals = ExpectHindsightRepeats(run, step);
    EXPECT_GT(totals.at("replayed").get<int>(), 0);
    too_long += totals.at("skipped").at("prompt_too_long").get<int>();
  }
  EXPECT_GT(too_long, 0);
}

TEST(VerifierFlags, ReachTheVerifierThatIsStarted) {
  TinyRun run("verifier-flags");
  const std::string path = run.folder() + ".flags";
  ASSERT_TRUE(WriteFileAtomically(path, "--ruleset=ifbench-2025\n").ok());
  const auto training = run.StartHir(
      {"train", run.config_path(), "--set=learner.total_steps=1", "--verifier-flags", path});
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  for (const json& record : run.Rollouts()) {
    EXPECT_THAT(record.at("verifier_build").get<std::string>(), HasSubstr("ifbench-2025"));
  }
  ASSERT_TRUE(WriteFileAtomically(path, "--ruleset=none\n").ok());
  const auto eval = run.StartHir({"eval", "--model", run.model_folder(), "--suite",
                                  run.held_out_path(), "--verifier-flags", path});
  EXPECT_NE(eval->Wait(kDeadline), 0);
  EXPECT_THAT(eval->Output(), HasSubstr("ruleset"));
}

// Services started by others, as on a cluster: the command line only has their addresses.
TEST(ConnectedRing, IsTrainedByACommandLineThatStartsNoService) {
  TinyRun run("connected");
  const auto never = [] { return false; };
  const auto ring = LocalRing::Create({.bin_dir = HIR_BIN_DIR,
                                       .run_dir = run.folder(),
                                       .run = "tiny",
                                       .model = run.model_folder()});
  ASSERT_TRUE(ring.ok()) << ring.status();
  ASSERT_TRUE((*ring)->StartLedger(never).ok());
  const std::string replay = "--connect=" + run.Address("replay");
  const auto training = run.StartHir(
      {"train", run.config_path(), "--set=learner.total_steps=2", "--set=eval.every=2", replay,
       "--verifier=" + run.Address("verifier"), "--learner=" + run.Address("learner")});
  // It creates the run that the workers wait for.
  ASSERT_TRUE(Await(kDeadline, [&] {
    return run.StartHir({"status", "--run=tiny", replay})->Wait(kDeadline) == 0;
  }));
  ASSERT_TRUE((*ring)->StartWorkers(never).ok());
  EXPECT_EQ(Descendants(training->pid()).size(), 0u);
  EXPECT_EQ(training->Wait(kDeadline), 0) << training->Output();
  EXPECT_EQ(run.Metrics().size(), 2u);
  EXPECT_EQ(run.Rollouts().size(), 2 * kResponsesPerStep);
  EXPECT_EQ(run.Evaluations().size(), 2u);
}

TEST(HindsightCommand, RepeatsAStepWhoseGroupsWereResampled) {
  TinyRun run("resampled", TinyConstraints::kLetterAndNoComma);
  const auto training =
      run.StartTraining({"learner.total_steps=1", "rollout.max_resampled_groups=4"});
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  const json totals = ExpectHindsightRepeats(run, 1);
  const json metrics = run.Metrics().at(0);
  EXPECT_GT(totals.at("left_out_groups").get<int>(), 0);
  EXPECT_EQ(totals.at("left_out_groups"), metrics.at("rollout/left_out_groups").get<int>());
  EXPECT_EQ(totals.at("responses"), kResponsesPerStep);
  double tokens = 0;
  for (const json& record : run.Rollouts()) {
    if (record.contains("left_out")) tokens += static_cast<double>(record.at("token_ids").size());
  }
  EXPECT_EQ(metrics.at("rollout/left_out_tokens").get<double>(), tokens);
}

}  // namespace
}  // namespace hir
