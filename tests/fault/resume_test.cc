// Runs that can't simply continue: each ends, or continues, with a message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/channel.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Minutes(4);

std::string TotalSteps(int steps) { return absl::StrCat("learner.total_steps=", steps); }

std::string Checkpoint(const TinyRun& run, int step) {
  return absl::StrCat(run.folder(), "/checkpoints/global_step_", step);
}

// Runs `hir train` with these settings and flags to its end.
std::string Train(TinyRun& run, int expected_code, const std::vector<std::string>& settings,
                  const std::vector<std::string>& flags = {}) {
  std::vector<std::string> arguments = {"train", run.config_path()};
  for (const std::string& setting : settings) arguments.push_back(absl::StrCat("--set=", setting));
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const auto training = run.StartHir(arguments);
  EXPECT_EQ(training->Wait(kDeadline), expected_code) << training->Output();
  return training->Output();
}

// The part of Redis' append-only file that grows.
fs::path AppendOnlyFile(const TinyRun& run) {
  for (const auto& entry : fs::directory_iterator(run.folder() + "/redis/appendonlydir")) {
    if (entry.path().string().ends_with(".incr.aof")) return entry.path();
  }
  return {};
}

void ExpectSteps(const TinyRun& run, size_t steps) {
  const auto metrics = run.Metrics();
  ASSERT_EQ(metrics.size(), steps);
  for (size_t i = 0; i < steps; ++i) EXPECT_EQ(metrics[i].at("step").get<size_t>(), i + 1);
}

TEST(Resume, AFinishedRunIsExtendedByMoreStepsAndByNothingElse) {
  TinyRun run("extended");
  Train(run, 0, {TotalSteps(2), "checkpoint.every=1"});
  EXPECT_THAT(Train(run, 1, {TotalSteps(4), "checkpoint.every=2"}), HasSubstr("every: 2"));
  EXPECT_THAT(Train(run, 1, {TotalSteps(1), "checkpoint.every=1"}), HasSubstr("total_steps: 1"));
  EXPECT_THAT(Train(run, 0, {TotalSteps(4), "checkpoint.every=1"}),
              HasSubstr("resuming after step 2"));
  ExpectSteps(run, 4);
  EXPECT_EQ(run.Rollouts().size(), size_t{4 * 8 * 6});
}

TEST(Resume, TensorBoardShowsEveryStepOnceAfterALearnerTrainedSomeAgain) {
  TinyRun run("curves");
  const auto training = run.StartTraining({TotalSteps(6), "checkpoint.every=2", "eval.every=2"});
  // The learner dies with its third step trained, of which it has no checkpoint.
  ASSERT_TRUE(Await(kDeadline, [&] { return run.Metrics().size() >= 3; })) << training->Output();
  for (const pid_t learner : Descendants(training->pid(), "hir-learner")) kill(learner, SIGKILL);
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  Train(run, 0, {TotalSteps(7), "checkpoint.every=2", "eval.every=2"});
  ExpectSteps(run, 7);
  const auto reader = run.StartTensorBoardReader();
  const auto code = reader->Wait(kDeadline);
  if (code == 77) GTEST_SKIP() << reader->Output();
  EXPECT_EQ(code, 0) << reader->Output();
}

// Whichever part of the file is missing, no process waits for it silently and no step is trained on
// two batches.
TEST(Resume, ALedgerThatWasCutIsNamedAndANewOneGoesOnFromTheCheckpoint) {
  TinyRun run("cut-ledger");
  const std::vector<std::string> settings = {TotalSteps(4), "checkpoint.every=2"};
  Train(run, 0, settings);
  const fs::path file = AppendOnlyFile(run);
  const std::string whole = *ReadFile(file);
  const std::string metrics = *ReadFile(run.folder() + "/metrics.jsonl");
  for (const double kept : {0.9, 0.5, 0.1, 0.0}) {
    const size_t length = static_cast<size_t>(kept * static_cast<double>(whole.size()));
    ASSERT_TRUE(WriteFileAtomically(file, whole.substr(0, length)).ok());
    const std::string output = Train(run, 1, settings);
    EXPECT_THAT(output,
                AnyOf(HasSubstr("lost"), HasSubstr("another batch"), HasSubstr("another ledger")))
        << kept;
    EXPECT_THAT(output, HasSubstr("--new-ledger")) << kept;
    EXPECT_EQ(*ReadFile(run.folder() + "/metrics.jsonl"), metrics) << kept;
  }
  const std::string output = Train(run, 0, {TotalSteps(6), "checkpoint.every=2"}, {"--new-ledger"});
  ExpectSteps(run, 6);
  EXPECT_TRUE(fs::exists(run.folder() + "/redis.lost.1")) << output;
  Train(run, 0, {TotalSteps(7), "checkpoint.every=2"});  // The new ledger is the run's from now on.
  ExpectSteps(run, 7);
}

TEST(Resume, ACutEvaluationIsMadeAgainAndTheRunEndsWell) {
  TinyRun run("cut-eval");
  const std::vector<std::string> settings = {TotalSteps(2), "eval.every=2"};
  Train(run, 0, settings);
  const std::string path = run.folder() + "/eval.jsonl";
  const std::string whole = *ReadFile(path);
  ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, whole.size() - 40)).ok());
  Train(run, 0, settings);
  EXPECT_EQ(run.Evaluations().size(), 2u);
}

TEST(Resume, AChangedRecordOfACheckpointIsRefusedByName) {
  TinyRun run("changed-record");
  const std::vector<std::string> settings = {TotalSteps(2), "checkpoint.every=1"};
  Train(run, 0, settings);
  const std::string path = Checkpoint(run, 2) + "/trainer/trainer_state.json";
  std::string text = *ReadFile(path);
  text.replace(text.find("\"step\": 2"), 9, "\"step\": 999");
  ASSERT_TRUE(WriteFileAtomically(path, text).ok());
  const std::string metrics = *ReadFile(run.folder() + "/metrics.jsonl");
  EXPECT_THAT(Train(run, 1, {TotalSteps(3), "checkpoint.every=1"}),
              HasSubstr("trainer_state.json was changed"));
  EXPECT_EQ(*ReadFile(run.folder() + "/metrics.jsonl"), metrics);
}

TEST(Resume, ACollapseIsSaid) {
  TinyRun run("collapse");
  const auto training = run.StartTraining({TotalSteps(6), "optimizer.lr=1"});
  ASSERT_TRUE(training->Wait(kDeadline).has_value()) << training->Output();
  EXPECT_THAT(training->Output(), HasSubstr("warning: step "));
}

// Keeps leasing all tasks without ever making a response.
void LeaseEverything(const std::string& replay) {
  const auto stub = replay::v1::Replay::NewStub(*MakeChannel(replay));
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(2));
  replay::v1::LeaseTasksRequest request;
  request.set_run("tiny");
  request.set_worker("127.0.0.1:1");
  request.set_max_tasks(256);
  replay::v1::LeaseTasksResponse response;
  (void)stub->LeaseTasks(&context, request, &response);
}

TEST(Resume, AStepThatAStrangerHadAbandonedEndsTheRunAndCanBeSkipped) {
  TinyRun run("stranger");
  const std::vector<std::string> settings = {TotalSteps(2), "rollout.lease_seconds=4",
                                             "rollout.max_attempts=1"};
  const auto training = run.StartTraining(settings);
  // Tasks are added once the learner, the last service, is up.
  ASSERT_TRUE(Await(kDeadline, [&] {
    return !Descendants(training->pid(), "hir-learner").empty();
  })) << training->Output();
  const auto workers = Descendants(training->pid(), "hir-rollout");
  ASSERT_EQ(workers.size(), 1u);
  kill(workers[0], SIGSTOP);
  std::optional<int> code;
  ASSERT_TRUE(Await(kDeadline, [&] {
    LeaseEverything(run.Address("replay"));
    code = training->Wait(absl::Milliseconds(100));
    return code.has_value();
  })) << training->Output();
  EXPECT_EQ(code, 1) << training->Output();
  EXPECT_THAT(training->Output(), HasSubstr("step 1 has nothing to train"));
  EXPECT_THAT(training->Output(), HasSubstr("lease ran out at 127.0.0.1:1"));
  EXPECT_TRUE(run.Metrics().empty());

  Train(run, 0, settings, {"--skip-step=1"});
  ExpectSteps(run, 2);
  EXPECT_EQ(run.Metrics()[0].value("training/skipped_step", 0.0), 1);
}

// The learner is stopped as soon as its checkpoint appears, while it renames, records or removes
// checkpoints.
TEST(Resume, ALearnerThatStoodStillDestroysNothingOfItsSuccessor) {
  TinyRun run("frozen-learner");
  const auto training = run.StartTraining({TotalSteps(40), "checkpoint.every=2"});
  ASSERT_TRUE(Await(kDeadline, [&] { return fs::exists(Checkpoint(run, 4)); }))
      << training->Output();
  const auto learners = Descendants(training->pid(), "hir-learner");
  ASSERT_EQ(learners.size(), 1u);
  kill(learners[0], SIGSTOP);
  TestProcess successor({absl::StrCat(HIR_BIN_DIR, "/hir-learner"), "--run=tiny", "--replay",
                         run.Address("replay"), "--run-dir", run.folder()},
                        run.root() + "/successor.log");
  ASSERT_TRUE(Await(kDeadline, [&] { return fs::exists(Checkpoint(run, 12)); }))
      << successor.Output();
  kill(learners[0], SIGCONT);
  ASSERT_EQ(training->Wait(kDeadline), 1) << training->Output();
  EXPECT_THAT(training->Output(), HasSubstr("another learner has taken over"));
  successor.Signal(SIGKILL);
  ASSERT_TRUE(successor.Wait(kDeadline).has_value());
  const size_t trained = run.Metrics().size();
  ExpectSteps(run, trained);
  EXPECT_GE(trained, 12u);
  int newest = 0;
  for (int step = 2; step <= 40; step += 2) {
    if (fs::exists(Checkpoint(run, step))) newest = step;
  }
  EXPECT_GE(newest, 12);
  EXPECT_GE(static_cast<size_t>(newest) + 2, trained);
}

}  // namespace
}  // namespace hir
