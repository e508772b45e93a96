// The metrics of a ring that runs, as Prometheus reads them.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

constexpr absl::Duration kDeadline = absl::Minutes(4);

TEST(RingMetrics, AreRightToPromtoolAndHaveTheNamesThatRulesUse) {
  if (std::system("command -v promtool >/dev/null") != 0) {  // NOLINT(concurrency-mt-unsafe)
    GTEST_SKIP() << "promtool is not installed; tools/setup_test.sh installs it";
  }
  TinyRun run("metrics", TinyConstraints::kLetterAndNoComma);
  const auto training = run.StartTraining({"learner.total_steps=100000", "checkpoint.every=2"});
  ASSERT_TRUE(Await(kDeadline, [&] { return run.Metrics().size() >= 3; })) << training->Output();
  TestProcess check(
      {HIR_DEPS_DIR "/venv/bin/python", HIR_SOURCE_DIR "/tests/deploy/live_metrics.py",
       absl::StrCat(run.folder(), "/services.json")},
      absl::StrCat(run.folder(), "/live_metrics.log"));
  EXPECT_EQ(check.Wait(kDeadline), 0) << check.Output();
  training->Signal(SIGINT);
  EXPECT_TRUE(training->Wait(kDeadline).has_value());
}

}  // namespace
}  // namespace hir
