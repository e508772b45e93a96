// A running ring, watched from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "hir/testing/free_local_address.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Minutes(4);

TEST(RingMetrics, AreRightToPromtoolAndHaveTheNamesThatRulesUse) {
  if (std::system("command -v promtool >/dev/null") != 0) {  // NOLINT(concurrency-mt-unsafe)
    GTEST_SKIP() << "promtool is not installed; tools/setup_test.sh installs it";
  }
  TinyRun run("metrics", TinyConstraints::kLetterAndNoComma);
  const std::string train_address = FreeLocalAddress();
  const auto training = run.StartHir(
      {"train", run.config_path(), "--set", "learner.total_steps=400", "--set",
       "checkpoint.every=2", "--set", "eval.every=200", "--metrics-listen", train_address});
  ASSERT_TRUE(Await(kDeadline, [&] { return run.Metrics().size() >= 3; })) << training->Output();
  TestProcess check(
      {HIR_DEPS_DIR "/venv/bin/python", HIR_SOURCE_DIR "/tests/deploy/live_metrics.py",
       absl::StrCat(run.folder(), "/services.json"), train_address},
      absl::StrCat(run.folder(), "/live_metrics.log"));
  EXPECT_EQ(check.Wait(kDeadline), 0) << check.Output();
  training->Signal(SIGINT);
  EXPECT_TRUE(training->Wait(kDeadline).has_value());
}

TEST(RingDoctor, SendsAResponseRoundALiveRingAndLeavesNothingBehind) {
  TinyRun run("examined");
  const auto training = run.StartTraining({"learner.total_steps=400"});
  ASSERT_TRUE(Await(kDeadline, [&] { return !run.Metrics().empty(); })) << training->Output();
  const std::vector<std::string> ring = {
      "--connect", run.Address("replay"),  "--verifier", run.Address("verifier"),
      "--rollout", run.Address("rollout"), "--learner",  run.Address("learner")};
  std::vector<std::string> doctor = ring;
  doctor.insert(doctor.begin(), "doctor");
  const auto look = run.StartHir(doctor);
  EXPECT_EQ(look->Wait(kDeadline), 0) << look->Output();
  EXPECT_THAT(look->Output(), HasSubstr("a response went through verifier and replay"));
  training->Signal(SIGINT);
  EXPECT_TRUE(training->Wait(kDeadline).has_value());
  // No service listens any more.
  const auto again = run.StartHir(doctor);
  EXPECT_EQ(again->Wait(kDeadline), 1);
  EXPECT_THAT(again->Output(), HasSubstr("look at the log of hir-replay"));
}

TEST(RingDashboard, FollowsTheServicesOfARun) {
  TinyRun run("watched", TinyConstraints::kLetterAndNoComma);
  const auto training = run.StartTraining({"learner.total_steps=400", "checkpoint.every=2"});
  ASSERT_TRUE(Await(kDeadline, [&] { return run.Metrics().size() >= 2; })) << training->Output();
  const auto dashboard =
      run.StartHir({"dashboard", "--connect", run.Address("replay"), "--learner",
                    run.Address("learner"), "--run", "tiny", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(Await(kDeadline, [&] { return !dashboard->Output().empty(); }));
  // Polls the page's data until a step with responses appears.
  const std::string script =
      "import json,sys,time,urllib.request\n"
      "opener=urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
      "get=lambda path: json.load(opener.open(sys.argv[1].strip()+path))\n"
      "while not get('api/runs/0')['rollout_steps']: time.sleep(0.2)\n"
      "run=get('api/runs/0')\n"
      "step=run['rollout_steps'][-1]\n"
      "assert run['name']=='tiny' and run['metrics'], run\n"
      "assert len(get(f'api/runs/0/rollouts/{step}'))==48\n";
  TestProcess look({"/usr/bin/python3", "-c", script, dashboard->Output()},
                   absl::StrCat(run.folder(), "/dashboard.log"));
  EXPECT_EQ(look.Wait(kDeadline), 0) << look.Output();
  dashboard->Signal(SIGINT);
  EXPECT_EQ(dashboard->Wait(kDeadline), 0) << dashboard->Output();
  training->Signal(SIGINT);
  EXPECT_TRUE(training->Wait(kDeadline).has_value());
}

}  // namespace
}  // namespace hir
