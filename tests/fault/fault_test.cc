// Kills real processes of a running ring and checks that nothing is lost, nothing happens twice and
// no process is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/http/test_web_client.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::Duration kDeadline = absl::Minutes(4);
// Enough steps that a kill after the second one never comes after the end.
constexpr int kSteps = 12;
constexpr size_t kResponsesPerStep = 8 * 6;

std::string TotalSteps(int steps) { return absl::StrCat("learner.total_steps=", steps); }

bool HasSteps(const TinyRun& run, size_t count) { return run.Metrics().size() >= count; }

// Kills the only process called `name` as soon as `moment` holds and waits for the end of the run,
// which must have restarted that service.
void KillDuringTraining(TinyRun& run, const std::string& name, const std::function<bool()>& moment,
                        std::vector<std::string> settings = {},
                        const std::vector<std::string>& options = {}) {
  settings.insert(settings.begin(), TotalSteps(kSteps));  // A later setting wins.
  const auto training = run.StartTraining(settings, options);
  ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(run, 1); })) << training->Output();
  const auto victims = Descendants(training->pid(), name);
  ASSERT_FALSE(victims.empty()) << name;
  ASSERT_TRUE(Await(kDeadline, moment)) << training->Output();
  kill(victims[0], SIGKILL);
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  EXPECT_THAT(training->Output(), HasSubstr("services restarted: 1\n"));
}

// Expects every step to be trained once, in order, on all of its responses.
void ExpectWholeRun(const TinyRun& run, int steps = kSteps) {
  const auto metrics = run.Metrics();
  ASSERT_EQ(metrics.size(), static_cast<size_t>(steps));
  for (int i = 0; i < steps; ++i) {
    EXPECT_EQ(metrics[i].at("step").get<int>(), i + 1);
    EXPECT_EQ(metrics[i].at("training/abandoned_tasks").get<double>(), 0);
  }
  std::map<int, std::set<std::pair<int, int>>> samples;
  const auto rollouts = run.Rollouts();
  for (const auto& record : rollouts) {
    samples[record.at("step").get<int>()].emplace(record.at("task").get<int>(),
                                                  record.at("sample").get<int>());
  }
  EXPECT_EQ(rollouts.size(), steps * kResponsesPerStep);
  for (int step = 1; step <= steps; ++step) EXPECT_EQ(samples[step].size(), kResponsesPerStep);
}

// Tasks leased to workers according to `hir status`; 0 while it has no answer.
int LeasedTasks(TinyRun& run) {
  const auto status = run.StartHir({"status", "--run=tiny", "--connect", run.Address("replay")});
  if (status->Wait(kDeadline) != 0) return 0;
  const std::string output = status->Output();
  const std::vector<std::string> parts = absl::StrSplit(output, " completed, ");
  int leased = 0;
  if (parts.size() == 2) (void)absl::SimpleAtoi(parts[1].substr(0, parts[1].find(' ')), &leased);
  return leased;
}

// The steps from which the learner resumed, according to its log.
std::vector<int> ResumedFrom(const TinyRun& run) {
  std::vector<int> steps;
  for (const auto& line : ParseJsonLines(run.Log("hir-learner"))) {
    if (line.at("message") == "resuming") steps.push_back(line.at("step").get<int>());
  }
  return steps;
}

// Long answers, so that the worker dies in the middle of them and their leases must expire.
TEST(Fault, ARolloutWorkerKilledMidResponseLosesNoTask) {
  TinyRun run("kill-rollout");
  KillDuringTraining(run, "hir-rollout", [&] { return LeasedTasks(run) > 0; },
                     {TotalSteps(3), "rollout.ignore_eos=true", "rollout.max_response_tokens=256",
                      "rollout.lease_seconds=4"});
  EXPECT_THAT(run.Log("hir-replay"), HasSubstr("lease expired; the task waits again"));
  ExpectWholeRun(run, 3);
}

// Tokens that a rollout worker has generated since it was started.
double TokensOf(const TinyRun& run, const std::string& worker) {
  const std::string name = "\nhir_rollout_tokens_total ";
  const std::string metrics = TestGet(run.MetricsPort(worker), "/metrics");
  const size_t found = metrics.find(name);
  return found == std::string::npos ? 0 : std::atof(metrics.c_str() + found + name.size());
}

// Each leases its share of a step, and what the dead one leaves undone is leased anew.
TEST(Fault, OneOfTwoRolloutWorkersKilledMidResponseLosesNoTask) {
  TinyRun run("kill-one-rollout");
  const auto training =
      run.StartTraining({TotalSteps(kSteps), "rollout.ignore_eos=true",
                         "rollout.max_response_tokens=256", "rollout.lease_seconds=4"},
                        {"--workers=2"});
  ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(run, 1); })) << training->Output();
  for (const char* worker : {"rollout", "rollout-1"}) {
    EXPECT_GT(TokensOf(run, worker), 0) << worker;
  }
  const auto status = run.StartHir({"status", run.folder()});
  ASSERT_EQ(status->Wait(kDeadline), 0) << status->Output();
  EXPECT_THAT(status->Output(), AllOf(HasSubstr("workers          2\n"), HasSubstr(" (rollout) "),
                                      HasSubstr(" (rollout-1) ")));
  const auto workers = Descendants(training->pid(), "hir-rollout");
  ASSERT_EQ(workers.size(), 2u);
  ASSERT_TRUE(Await(kDeadline, [&] { return LeasedTasks(run) > 0; })) << training->Output();
  kill(workers[1], SIGKILL);
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  EXPECT_THAT(training->Output(),
              AllOf(HasSubstr("# 2 rollout workers: hir-rollout, hir-rollout-1"),
                    HasSubstr("services restarted: 1\n")));
  EXPECT_THAT(run.Log("hir-rollout-1"), Not(IsEmpty()));
  ExpectWholeRun(run);
}

// The restarted worker has its folder's weights until it fetches those of step 2.
TEST(Fault, ARolloutWorkerKilledDuringAnEvaluationChangesNotWhichWeightsItIsOf) {
  TinyRun run("kill-evaluated");
  // After step 2 the run waits for the evaluation's result.
  const auto evaluates = [&] { return HasSteps(run, 2) && run.Evaluations().size() == 1; };
  KillDuringTraining(run, "hir-rollout", evaluates,
                     {TotalSteps(4), "eval.every=2", "eval.max_response_tokens=512"});
  EXPECT_EQ(run.Evaluations().size(), 3u);  // Before the first step, after 2 and after 4.
  const auto outcomes = ReadJsonLines(run.folder() + "/eval/step_000002.jsonl");
  EXPECT_EQ(outcomes.size(), static_cast<size_t>(TinyRun::kHeldOut));
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.at("policy_version").get<int>(), 2);
  ExpectWholeRun(run, 4);
}

TEST(Fault, AKilledVerifierIsWaitedFor) {
  TinyRun run("kill-verifier");
  KillDuringTraining(run, "hir-verifier", [&] { return HasSteps(run, 2); });
  EXPECT_THAT(run.Log("hir-rollout"), HasSubstr("it is opened again"));
  ExpectWholeRun(run);
}

TEST(Fault, AKilledReplayServiceIsWaitedForAndForgetsNothing) {
  TinyRun run("kill-replay");
  KillDuringTraining(run, "hir-replay", [&] { return HasSteps(run, 2); });
  EXPECT_THAT(run.Log("hir-rollout"), HasSubstr("a call failed and is tried again"));
  ExpectWholeRun(run);
}

TEST(Fault, AKilledRedisIsWaitedForAndForgetsNothing) {
  TinyRun run("kill-redis");
  KillDuringTraining(run, "redis-server", [&] { return HasSteps(run, 2); });
  ExpectWholeRun(run);
}

TEST(Fault, ALearnerKilledBetweenCheckpointsResumesFromTheLast) {
  TinyRun run("kill-learner");
  size_t trained = 0;
  const auto between_checkpoints = [&] {
    trained = run.Metrics().size();
    return trained >= 3 && trained % 2 == 1;
  };
  KillDuringTraining(run, "hir-learner", between_checkpoints, {"checkpoint.every=2"});
  EXPECT_EQ(ResumedFrom(run), (std::vector<int>{static_cast<int>(trained) - 1}));
  ExpectWholeRun(run);
}

TEST(Fault, AKilledRankTakesTheOtherAlongAndBothResume) {
  TinyRun run("kill-rank");
  KillDuringTraining(run, "hir-learner", [&] { return HasSteps(run, 2); }, {"checkpoint.every=1"},
                     {"--learners=2"});
  EXPECT_EQ(ResumedFrom(run).size(), 1u);
  ExpectWholeRun(run);
}

TEST(Fault, AnInterruptedRunResumes) {
  TinyRun run("resumes");
  const std::vector<std::string> settings = {TotalSteps(6), "checkpoint.every=1"};
  const auto training = run.StartTraining(settings);
  ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(run, 2); })) << training->Output();
  training->Signal(SIGINT);
  ASSERT_EQ(training->Wait(kDeadline), 130) << training->Output();
  ASSERT_LT(run.Metrics().size(), 6u);

  const auto resumed = run.StartTraining(settings);
  ASSERT_EQ(resumed->Wait(kDeadline), 0) << resumed->Output();
  EXPECT_THAT(resumed->Output(), HasSubstr("resuming after step "));
  ExpectWholeRun(run, 6);
}

TEST(Fault, AKilledCommandLineTakesItsServicesAlong) {
  TinyRun run("kill-cli");
  const auto training = run.StartTraining({TotalSteps(kSteps)});
  ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(run, 1); })) << training->Output();
  const auto services = Descendants(training->pid());
  ASSERT_GE(services.size(), 5u);  // redis-server and the four services.
  training->Signal(SIGKILL);
  for (pid_t service : services) {
    EXPECT_TRUE(Await(absl::Seconds(20), [&] { return !IsAlive(service); })) << service;
  }
}

}  // namespace
}  // namespace hir
