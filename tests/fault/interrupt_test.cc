// Ctrl-C at any moment: exit code 130 and no process left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/tiny_run.h"

namespace hir {
namespace {

constexpr absl::Duration kDeadline = absl::Minutes(4);

struct Moment {
  std::string name;
  // Arguments of `hir`; "MODEL", "CONFIG" and "HELD_OUT" stand for the run's paths.
  std::vector<std::string> arguments;
  // Whether the moment has come.
  std::function<bool(const TinyRun&, const TestProcess&)> reached;
};

bool StartsServices(const TinyRun&, const TestProcess& hir) {
  return !Descendants(hir.pid()).empty();
}

bool StartsTheLearner(const TinyRun&, const TestProcess& hir) {
  return !Descendants(hir.pid(), "hir-learner").empty();
}

bool StartsARolloutWorker(const TinyRun&, const TestProcess& hir) {
  return !Descendants(hir.pid(), "hir-rollout").empty();
}

bool Trains(const TinyRun& run, const TestProcess&) { return !run.Metrics().empty(); }

// After step 2 the run waits for the evaluation's result.
bool Evaluates(const TinyRun& run, const TestProcess&) {
  return run.Metrics().size() == 2 && run.Evaluations().size() == 1;
}

bool Answers(const TinyRun&, const TestProcess& hir) { return !hir.Output().empty(); }

std::vector<std::string> Fill(std::vector<std::string> arguments, const TinyRun& run) {
  for (std::string& argument : arguments) {
    if (argument == "MODEL") argument = run.model_folder();
    if (argument == "CONFIG") argument = run.config_path();
    if (argument == "HELD_OUT") argument = run.held_out_path();
  }
  return arguments;
}

class Interrupt : public ::testing::TestWithParam<Moment> {};

TEST_P(Interrupt, EndsWith130AndLeavesNoProcess) {
  const Moment& moment = GetParam();
  TinyRun run("interrupt-" + moment.name);
  const auto hir = run.StartHir(Fill(moment.arguments, run));
  ASSERT_TRUE(Await(kDeadline, [&] { return moment.reached(run, *hir); })) << hir->Output();
  const auto services = Descendants(hir->pid());
  ASSERT_FALSE(services.empty()) << hir->Output();
  hir->Signal(SIGINT);
  EXPECT_EQ(hir->Wait(kDeadline), 130) << hir->Output();
  for (const pid_t service : services) EXPECT_FALSE(IsAlive(service)) << service;
  EXPECT_THAT(hir->Output(), ::testing::HasSubstr("interrupted"));
}

INSTANTIATE_TEST_SUITE_P(
    Moments, Interrupt,
    ::testing::Values(
        Moment{"first_service_starts", {"train", "CONFIG"}, StartsServices},
        Moment{"last_service_starts", {"train", "CONFIG"}, StartsTheLearner},
        Moment{"training", {"train", "CONFIG"}, Trains},
        Moment{"evaluation",
               {"train", "CONFIG", "--set=eval.every=2", "--set=eval.max_response_tokens=512"},
               Evaluates},
        Moment{"eval_command",
               {"eval", "--model", "MODEL", "--suite", "HELD_OUT"},
               StartsARolloutWorker},
        Moment{"generate_command",
               {"generate", "--model", "MODEL", "--prompt=Say something.", "--max-tokens=960"},
               Answers}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace hir
