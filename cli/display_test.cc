#include "cli/display.h"

#include <sstream>
#include <string>

#include "cli/train_display.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(StepLine, ShowsWhatWasReportedAndADashForTheRest) {
  learner::v1::StepReport report;
  report.set_step(3);
  (*report.mutable_metrics())["reward_density"] = 0.125;
  (*report.mutable_metrics())["hindsight/replayed"] = 16;
  const std::string line = StepLine(report, 20, absl::Seconds(125));
  for (const char* part : {"3/20", "12.5 %", "16", "2:05", "-"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
  EXPECT_EQ(line.size(), StepHeader().size());
}

TEST(ShortDuration, ShowsHoursOnlyWhenThereAreSome) {
  EXPECT_EQ(ShortDuration(absl::Seconds(187)), "3:07");
  EXPECT_EQ(ShortDuration(absl::Seconds(3765)), "1:02:45");
}

TEST(LiveLine, IsSilentOutsideATerminal) {
  std::ostringstream out;
  LiveLine line(out, false);
  line.Show("x");
  line.Clear();
  EXPECT_EQ(out.str(), "");
}

TEST(TrainDisplay, ShowsWarningsAndEvaluationsAsLinesOfTheirOwn) {
  std::ostringstream out;
  TrainDisplay display(out, /*terminal=*/true, 20);
  display.OnEvaluating(2, 1, 3);
  display.OnWarning("hir-rollout was killed");
  display.OnEvaluated(2, {.prompts = 3, .prompt_strict = {.value = 0.5}, .truncated = 1},
                      absl::Seconds(65));
  EXPECT_EQ(out.str(),
            "\r\033[Kevaluating after step 2: 1/3\r\033[Kwarning: hir-rollout was killed.\n"
            "evaluation after step 2: prompts met strictly 50.0 % [0.0, 0.0], constraints 0.0 %, 1 "
            "of 3 answers cut at the limit, 1:05\n");
}

}  // namespace
}  // namespace hir
