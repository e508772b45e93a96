#include "hir/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

RunRecord SmallRun() {
  RunRecord run = {.name = "small", .config_yaml = "name: small\n"};
  for (int step = 1; step <= 3; ++step) {
    run.metrics.push_back(
        {{"step", step}, {"reward_density", 0.1 * step}, {"hindsight/replayed", 2}});
  }
  return run;
}

TEST(RenderReport, OfAnEmptyRunIsStillAPage) {
  EXPECT_THAT(RenderReport({.name = "empty"}), HasSubstr("nothing recorded"));
}

TEST(RenderReport, ComparesTheFirstThirdWithTheLast) {
  EXPECT_THAT(RenderReport(SmallRun()), HasSubstr("10.0 % → 30.0 %"));
}

TEST(RenderReport, AddsUpTheReplayedFailures) {
  EXPECT_THAT(RenderReport(SmallRun()), HasSubstr("<b>6</b>failures replayed"));
}

TEST(RenderReport, CallsADifferenceWhoseIntervalHoldsZeroPossibleNoise) {
  RunRecord run = SmallRun();
  run.comparison = {{"prompts", 48},
                    {"comparisons",
                     {{{"metric", "constraints met"},
                       {"before", 0.3},
                       {"after", 0.35},
                       {"low", -0.01},
                       {"high", 0.11}}}}};
  EXPECT_THAT(RenderReport(run), HasSubstr("could be noise"));
  run.comparison["comparisons"][0]["low"] = 0.01;
  EXPECT_THAT(RenderReport(run), HasSubstr("more than noise"));
}

TEST(RenderReport, ShowsEvaluationsDuringTraining) {
  RunRecord run = SmallRun();
  EXPECT_THAT(RenderReport(run), Not(HasSubstr("Held-out prompts")));
  for (const int step : {0, 2, 3}) {
    run.evals.push_back({{"step", step},
                         {"prompt_strict", 0.1 * step},
                         {"prompt_strict_low", 0.05 * step},
                         {"prompt_strict_high", 0.2 * step}});
  }
  const std::string html = RenderReport(run);
  EXPECT_THAT(html, HasSubstr("Held-out prompts"));
  EXPECT_THAT(html, HasSubstr("prompts, strict"));
}

TEST(RenderReport, PlotsTheDisagreementInNats) {
  RunRecord run = {.name = "small"};
  const std::string empty = RenderReport(run);
  run.metrics.push_back({{"step", 1}, {"training/rollout_logprobs_abs_diff_mean", 0.002}});
  const auto blanks = [](const std::string& html) {
    int count = 0;
    for (size_t i = html.find("nothing recorded"); i != std::string::npos;
         i = html.find("nothing recorded", i + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(blanks(RenderReport(run)), blanks(empty) - 1);
}

TEST(RenderReport, ShowsReplayedResponsesWithTheirVerdictsEscaped) {
  RunRecord run = SmallRun();
  run.replayed.push_back(
      {{"question", "Write <x>."},
       {"text", "a & b"},
       {"rewritten_instruction", "Write."},
       {"constraints", json::array({{{"text", "No commas."}, {"verdict", "pass"}}})}});
  const std::string html = RenderReport(run);
  EXPECT_THAT(html, HasSubstr("Write &lt;x&gt;."));
  EXPECT_THAT(html, HasSubstr("<li class=pass>No commas.</li>"));
  EXPECT_THAT(html, HasSubstr("a &amp; b"));
}

TEST(RenderReport, IgnoresFieldsOfTheWrongType) {
  RunRecord run = {.name = "odd"};
  run.metrics.push_back({{"step", "one"}, {"reward_density", nullptr}});
  EXPECT_THAT(RenderReport(run), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace hir
