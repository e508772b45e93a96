// Kills real processes of a running ring and looks at what is left: nothing lost, nothing twice,
// nobody left behind.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <set>

#include "tests/support/tiny_run.h"

namespace hir {
namespace {

constexpr absl::Duration kDeadline = absl::Minutes(4);
constexpr int kSteps = 6;
constexpr size_t kResponsesPerStep = 8 * 6;

bool HasSteps(const TinyRun& run, size_t count) { return run.Metrics().size() >= count; }

// Kills the one process called `name` after the first step, and waits for the run to end.
void KillDuringTraining(TinyRun& run, const std::string& name,
                        std::vector<std::string> settings = {}, int learners = 1) {
  settings.push_back("learner.total_steps=" + std::to_string(kSteps));
  const auto training = run.StartTraining(settings, learners);
  ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(run, 2); })) << run.Output();
  const auto victims = Descendants(training->pid(), name);
  ASSERT_FALSE(victims.empty()) << name;
  kill(victims[0], SIGKILL);
  ASSERT_EQ(training->Wait(kDeadline), 0) << run.Output();
}

// Every step trained once, in order, on all its responses.
void ExpectWholeRun(const TinyRun& run) {
  const auto metrics = run.Metrics();
  ASSERT_EQ(metrics.size(), static_cast<size_t>(kSteps)) << run.Output();
  for (int i = 0; i < kSteps; ++i) EXPECT_EQ(metrics[i].at("step").get<int>(), i + 1);
  std::map<int, std::set<std::pair<int, int>>> samples;
  const auto rollouts = run.Rollouts();
  for (const auto& record : rollouts) {
    samples[record.at("step").get<int>()].emplace(record.at("task").get<int>(),
                                                  record.at("sample").get<int>());
  }
  EXPECT_EQ(rollouts.size(), kSteps * kResponsesPerStep);
  for (int step = 1; step <= kSteps; ++step) EXPECT_EQ(samples[step].size(), kResponsesPerStep);
}

TEST(Fault, AKilledRolloutWorkerLosesNoTask) {
  TinyRun run("kill-rollout");
  KillDuringTraining(run, "hir-rollout");
  ExpectWholeRun(run);
}

TEST(Fault, AKilledVerifierIsWaitedFor) {
  TinyRun run("kill-verifier");
  KillDuringTraining(run, "hir-verifier");
  ExpectWholeRun(run);
}

TEST(Fault, AKilledReplayServiceIsWaitedForAndForgetsNothing) {
  TinyRun run("kill-replay");
  KillDuringTraining(run, "hir-replay");
  ExpectWholeRun(run);
}

TEST(Fault, ALearnerKilledBetweenCheckpointsResumesFromTheLast) {
  TinyRun run("kill-learner");
  KillDuringTraining(run, "hir-learner", {"checkpoint.every=1"});
  ExpectWholeRun(run);
}

TEST(Fault, AKilledRankTakesTheOtherAlongAndBothResume) {
  TinyRun run("kill-rank");
  KillDuringTraining(run, "hir-learner", {"checkpoint.every=1"}, /*learners=*/2);
  ExpectWholeRun(run);
}

TEST(Fault, AnInterruptedRunLeavesNoProcessAndResumes) {
  TinyRun run("interrupt");
  const std::string steps = "learner.total_steps=" + std::to_string(kSteps);
  const auto training = run.StartTraining({steps, "checkpoint.every=1"});
  ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(run, 2); })) << run.Output();
  const auto services = Descendants(training->pid());
  EXPECT_GE(services.size(), 5u);  // redis-server and the four services.
  training->Signal(SIGINT);
  EXPECT_EQ(training->Wait(kDeadline), 130) << run.Output();
  for (pid_t service : services) EXPECT_FALSE(IsAlive(service));

  const auto resumed = run.StartTraining({steps, "checkpoint.every=1"});
  ASSERT_EQ(resumed->Wait(kDeadline), 0) << run.Output();
  ExpectWholeRun(run);
}

TEST(Fault, AKilledCommandLineTakesItsServicesAlong) {
  TinyRun run("kill-cli");
  const auto training = run.StartTraining({});
  ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(run, 1); })) << run.Output();
  const auto services = Descendants(training->pid());
  training->Signal(SIGKILL);
  for (pid_t service : services) {
    EXPECT_TRUE(Await(absl::Seconds(20), [&] { return !IsAlive(service); })) << service;
  }
}

}  // namespace
}  // namespace hir
