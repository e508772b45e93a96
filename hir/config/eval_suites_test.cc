#include "hir/config/eval_suites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hir/config/schema.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

// A configuration that may be run, with these settings too.
RunConfig With(const std::vector<std::string>& settings) {
  RunConfig config;
  config.model.path = "m";
  config.data.train = {{.file = "t"}};
  for (const std::string& setting : settings) {
    const absl::Status status = ApplyOverride(config, setting);
    EXPECT_TRUE(status.ok()) << status;
  }
  return config;
}

std::string Refusal(const std::vector<std::string>& settings) {
  return std::string(ValidateRunConfig(With(settings)).message());
}

TEST(EvalSuites, AreTheHeldOutFileAndTheListWithItsOwnIntervals) {
  const auto config = ParseRunConfig(
      "data:\n  held_out: h\neval:\n  every: 4\n  suites:\n"
      "    - {name: ifeval, file: f}\n    - {name: if_bench, file: b, every: 10, prompts: 50}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  const std::vector<EvalSuite> suites = EvalSuitesOf(*config);
  ASSERT_EQ(suites.size(), 3u);
  EXPECT_EQ(suites[0].name, "");
  EXPECT_EQ(suites[0].file, "h");
  EXPECT_EQ(suites[1].name, "ifeval");
  EXPECT_EQ(suites[1].every, 4);
  EXPECT_EQ(suites[2].every, 10);
  EXPECT_EQ(suites[2].prompts, 50);
  EXPECT_TRUE(IsDue(suites[2], 0, 23));
  EXPECT_FALSE(IsDue(suites[2], 12, 23));
  EXPECT_TRUE(IsDue(suites[2], 20, 23));
  EXPECT_TRUE(IsDue(suites[2], 23, 23));
}

TEST(EvalSuites, NeedNoHeldOutFile) {
  EXPECT_EQ(Refusal({"eval.suites=[{name: a, file: f, every: 3}]"}), "");
  EXPECT_THAT(Refusal({"eval.suites=[{name: a, file: f}]"}), HasSubstr("a has no `every`"));
}

TEST(EvalSuites, WhatIsWrongWithOneIsNamed) {
  const std::string a = "{name: a, file: f, every: 1}";
  EXPECT_THAT(Refusal({"eval.suites=[" + a + ", " + a + "]"}),
              HasSubstr("a list with a in it twice"));
  for (const char* name : {"A", "a/b", "..", "\"\""}) {
    EXPECT_THAT(Refusal({"eval.suites=[{name: " + std::string(name) + ", file: f}]"}),
                HasSubstr("1-64 of [a-z0-9_-]"));
  }
  EXPECT_THAT(Refusal({"eval.suites=[{name: a}]"}), HasSubstr("the file of a is empty"));
  EXPECT_THAT(Refusal({"eval.suites=[{name: a, file: f, every: -1}]"}),
              HasSubstr("every of a is -1"));
  RunConfig config;
  for (const auto& [list, problem] :
       {std::pair("[{name: a, path: f}]", "entry 1 has \"path\""),
        std::pair("[{name: a, every: often}]", "has \"often\" for every"),
        std::pair("[a]", "entry 1 must be a map"), std::pair("a", "must be a list"),
        std::pair("[{", "is not a YAML list")}) {
    const absl::Status status = ApplyOverride(config, std::string("eval.suites=") + list);
    EXPECT_THAT(std::string(status.message()), HasSubstr(problem));
  }
}

TEST(BestMetric, NamesASuiteAndOneOfItsScores) {
  EXPECT_FALSE(BestMetricOf(With({"eval.every=2", "data.held_out=h"})).has_value());
  const RunConfig config =
      With({"checkpoint.keep_best=true", "checkpoint.best_metric=eval/a/instruction_loose",
            "eval.suites=[{name: a, file: f, every: 3}]", "eval.patience=4"});
  EXPECT_TRUE(ValidateRunConfig(config).ok());
  const auto best = BestMetricOf(config);
  ASSERT_TRUE(best.has_value());
  EXPECT_EQ(best->suite.name, "a");
  EXPECT_EQ(best->name, "instruction_loose");
}

TEST(BestMetric, IsRefusedWhereNoEvaluationGivesIt) {
  EXPECT_THAT(Refusal({"checkpoint.keep_best=true"}), HasSubstr("it makes none: set eval.every"));
  EXPECT_THAT(Refusal({"checkpoint.keep_best=true", "eval.every=2", "data.held_out=h",
                       "checkpoint.best_metric=eval/loss"}),
              HasSubstr("\"eval/loss\", is not a number of an evaluation that this run makes: "
                        "eval/prompt_strict, "));
  EXPECT_THAT(Refusal({"eval.patience=2", "eval.every=2", "data.held_out=h"}),
              HasSubstr("checkpoint.keep_best is false"));
}

}  // namespace
}  // namespace hir
