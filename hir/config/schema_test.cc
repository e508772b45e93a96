#include "hir/config/schema.h"

#include <filesystem>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/config/lora_targets.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

std::string ParseError(std::string_view yaml) {
  const auto config = ParseRunConfig(yaml);
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << config.status();
  return MessageOf(config.status());
}

RunConfig Valid() {
  RunConfig config;
  config.model.path = "model";
  config.data.train = {{.file = "train.jsonl"}};
  return config;
}

TEST(ParseRunConfig, ReadsSectionsAndKeepsDefaults) {
  const auto config = ParseRunConfig("name: demo\nrollout:\n  temperature: 0.7\n  top_k: 50\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->name, "demo");
  EXPECT_EQ(config->rollout.temperature, 0.7);
  EXPECT_EQ(config->rollout.top_k, 50);
  EXPECT_EQ(config->rollout.train_batch_size, 64);
}

TEST(ParseRunConfig, TakesAnEmptyDocumentAndEmptySections) {
  EXPECT_TRUE(ParseRunConfig("").ok());
  EXPECT_TRUE(ParseRunConfig("# nothing\nrollout:\n").ok());
}

TEST(ParseRunConfig, NamesTheNearestKeyAndTheLine) {
  EXPECT_THAT(ParseError("name: demo\nrollout:\n  temprature: 0.7\n"),
              AllOf(HasSubstr("line 3"), HasSubstr("\"rollout.temprature\""),
                    HasSubstr("Did you mean \"rollout.temperature\"?")));
}

TEST(ParseRunConfig, NamesTheNearestSection) {
  EXPECT_THAT(ParseError("rolout:\n  temperature: 1\n"), HasSubstr("Did you mean \"rollout\"?"));
}

TEST(ParseRunConfig, FindsAFieldWrittenInTheWrongSection) {
  EXPECT_THAT(ParseError("learner:\n  kl_coef: 0\n"),
              HasSubstr("Did you mean \"objective.kl_coef\"?"));
}

TEST(ParseRunConfig, TakesAFieldWithoutASectionForTheFirstOfItsName) {
  EXPECT_THAT(ParseError("temperature: 0.7\n"), HasSubstr("Did you mean \"rollout.temperature\"?"));
}

TEST(ParseRunConfig, RefusesAWrongTypeWithItsLine) {
  EXPECT_THAT(ParseError("rollout:\n  top_k: many\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("rollout.top_k"), HasSubstr("whole number"),
                    HasSubstr("many")));
  EXPECT_THAT(ParseError("seed: -1\n"), HasSubstr("0 or more"));
  EXPECT_THAT(ParseError("data:\n  shuffle: maybe\n"), HasSubstr("true or false"));
  EXPECT_THAT(ParseError("rollout:\n  top_k: 1.5\n"), HasSubstr("whole number"));
}

TEST(ParseRunConfig, RefusesAQuotedNumber) {
  EXPECT_THAT(ParseError("rollout:\n  top_p: \"0.9\"\n"), HasSubstr("must be a number"));
}

TEST(ParseRunConfig, RefusesAKeyGivenTwice) {
  EXPECT_THAT(ParseError("seed: 1\nseed: 2\n"), AllOf(HasSubstr("line 2"), HasSubstr("twice")));
}

TEST(ParseRunConfig, RefusesAListAndAMapWhereAValueBelongs) {
  EXPECT_THAT(ParseError("name: [a, b]\n"), HasSubstr("must have one value"));
  EXPECT_THAT(ParseError("seed:\n  a: 1\n"), HasSubstr("must have one value"));
  EXPECT_THAT(ParseError("rollout: 3\n"), HasSubstr("fields of its own"));
}

TEST(ParseRunConfig, SaysWhereTheYamlBreaks) {
  EXPECT_THAT(ParseError("name: demo\nrollout: {\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(ParseError("- a\n- b\n"), HasSubstr("key: value"));
  EXPECT_THAT(ParseError("&a [*a]: 1\n"), HasSubstr("line 1"));
}

TEST(LoadRunConfig, NamesAMissingFile) {
  const auto config = LoadRunConfig("/nowhere/run.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(MessageOf(config.status()), HasSubstr("/nowhere/run.yaml"));
}

TEST(LoadRunConfig, TakesTheFilesOfTheRepository) {
  const std::filesystem::path folder = std::filesystem::path(HIR_SOURCE_DIR) / "configs";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto config = LoadRunConfig(entry.path());
    ASSERT_EQ(config.status(), absl::OkStatus());
    EXPECT_EQ(ValidateRunConfig(*config), absl::OkStatus()) << entry.path();
  }
}

TEST(ApplyOverride, SetsOneField) {
  RunConfig config;
  EXPECT_TRUE(ApplyOverride(config, "optimizer.lr=2e-5").ok());
  EXPECT_TRUE(ApplyOverride(config, "data.system_prompt=a=b c").ok());
  EXPECT_EQ(config.optimizer.lr, 2e-5);
  EXPECT_EQ(config.data.system_prompt, "a=b c");
}

TEST(ApplyOverride, RefusesWhatIsNoAssignmentOrNoField) {
  RunConfig config;
  EXPECT_THAT(MessageOf(ApplyOverride(config, "seed")), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(MessageOf(ApplyOverride(config, "optimizer.lrr=1")),
              HasSubstr("Did you mean \"optimizer.lr\"?"));
  EXPECT_THAT(MessageOf(ApplyOverride(config, "seed=x")), HasSubstr("seed must be"));
}

TEST(ValidateRunConfig, AcceptsTheDefaultsWithModelAndData) {
  EXPECT_TRUE(ValidateRunConfig(Valid()).ok()) << ValidateRunConfig(Valid());
}

TEST(ValidateRunConfig, NamesFieldValueAndWhatIsAllowed) {
  RunConfig config = Valid();
  config.rollout.top_p = 1.5;
  EXPECT_EQ(MessageOf(ValidateRunConfig(config)),
            "rollout.top_p is 1.5 but must be above 0 and at most 1.");
}

TEST(ApplyOverride, NamesTheWordsOfAChoice) {
  RunConfig config;
  EXPECT_TRUE(ApplyOverride(config, "hindsight.mode=integrity").ok());
  EXPECT_EQ(config.hindsight.mode, SelectionMode::kIntegrity);
  EXPECT_EQ(
      MessageOf(ApplyOverride(config, "hindsight.mode=best")),
      "hindsight.mode is \"best\" but must be one of hir, random, diversity, integrity, all, off.");
  EXPECT_EQ(MessageOf(ApplyOverride(config, "model.dtype=")),
            "model.dtype is \"\" but must be one of bf16, f32.");
  EXPECT_EQ(config.hindsight.mode, SelectionMode::kIntegrity);
}

TEST(ParseRunConfig, RefusesAWordThatIsNotAChoiceWithItsLine) {
  EXPECT_EQ(ParseError("seed: 3\ncheckpoint:\n  resume: on\n"),
            "line 3: checkpoint.resume is \"on\" but must be one of auto, off.");
}

TEST(ToYaml, PrintsTheChoicesOfARunAsTheyHaveAlwaysBeenCalled) {
  const std::string yaml = ToYaml(RunConfig());
  for (const char* line : {"  dtype: \"bf16\"\n", "  device: \"auto\"\n",
                           "  overlong: \"refuse\"\n", "  mode: \"hir\"\n", "  scope: \"batch\"\n",
                           "  entropy: \"mean\"\n", "  entropy_source: \"exact\"\n",
                           "  old_logprobs: \"original\"\n", "  unknown_reward: \"exclude\"\n",
                           "  activation_checkpointing: \"auto\"\n", "  resume: \"auto\"\n"}) {
    EXPECT_THAT(yaml, HasSubstr(line));
  }
}

struct BadField {
  const char* assignment;
  const char* message;
};

class ValidateBadField : public ::testing::TestWithParam<BadField> {};

TEST_P(ValidateBadField, IsRefused) {
  RunConfig config = Valid();
  ASSERT_TRUE(ApplyOverride(config, GetParam().assignment).ok());
  const absl::Status status = ValidateRunConfig(config);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(status), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, ValidateBadField,
    ::testing::Values(
        BadField{"name=a/b", "name is \"a/b\""}, BadField{"name=..", "name is \"..\""},
        BadField{"name=", "name is \"\""}, BadField{"model.path=", "model.path is empty"},
        BadField{"data.train=", "data.train is empty"}, BadField{"output_dir=", "output_dir"},
        BadField{"rollout.temperature=0", "above 0"},
        BadField{"rollout.temperature=nan", "rollout.temperature"},
        BadField{"optimizer.lr=inf", "optimizer.lr"}, BadField{"objective.dual_clip=1", "above 1"},
        BadField{"checkpoint.keep_last=1", "at least 2"},
        BadField{"hindsight.replay_per_prompt=7", "rollout.responses_per_prompt, 6"},
        BadField{"hindsight.weight=0", "above 0"},
        BadField{"objective.updates_per_step=1000", "at most 384"},
        BadField{"objective.importance_cap=-1", "at least 0"},
        BadField{"lora.rank=-1", "at least 0"}, BadField{"lora.alpha=0", "above 0"},
        BadField{"lora.targets=[]", "lora.targets is an empty list"},
        BadField{"lora.targets=[q_proj, v_proj, q_proj]", "a list with q_proj in it twice"},
        BadField{"lora.targets=[all-linear, q_proj]", "give it alone, or the names"},
        BadField{"optimizer.warmup=-1", "at least 0"},
        BadField{"optimizer.warmup=1.5", "a whole number of steps, or below 1 a share"},
        BadField{"optimizer.warmup=101", "at most learner.total_steps, 100"},
        BadField{"optimizer.min_lr_ratio=0.1", "optimizer.schedule is constant"},
        BadField{"eval.every=5", "data.held_out names no file"},
        BadField{"rollout.deterministic=true", "it must be f32"}));

TEST(ValidateRunConfig, RefusesSettingsThatOthersLeaveWithoutMeaning) {
  struct Case {
    std::vector<std::string> assignments;
    const char* message;
  };
  for (const Case& each :
       {Case{{"hindsight.mode=all", "hindsight.scope=instruction"}, "hindsight.mode is all"},
        Case{{"hindsight.mode=off", "hindsight.weight=0.5"}, "hindsight.weight is 0.5"},
        Case{{"rollout.max_resampled_groups=3", "objective.unknown_reward=zero"},
             "objective.unknown_reward is zero"},
        Case{{"hindsight.mode=off", "hindsight.vote_threshold=0.7"},
             "hindsight.vote_threshold is 0.7"},
        Case{{"rollout.max_resampled_groups=8", "rollout.responses_per_prompt=1"},
             "a group of one has no two rewards that could differ"}}) {
    RunConfig config = Valid();
    EXPECT_EQ(ApplyOverride(config, each.assignments[0]), absl::OkStatus());
    EXPECT_EQ(ValidateRunConfig(config), absl::OkStatus());
    EXPECT_EQ(ApplyOverride(config, each.assignments[1]), absl::OkStatus());
    EXPECT_THAT(MessageOf(ValidateRunConfig(config)), HasSubstr(each.message));
  }
}

TEST(ValidateRunConfig, RefusesMoreStalenessThanAResponseThatGoesOnCanName) {
  const auto check = [](int staleness, const std::string& swap, int tokens) {
    RunConfig config = Valid();
    EXPECT_TRUE(ApplyOverride(config, absl::StrCat("rollout.max_staleness=", staleness)).ok() &&
                ApplyOverride(config, absl::StrCat("rollout.swap=", swap)).ok() &&
                ApplyOverride(config, absl::StrCat("rollout.max_response_tokens=", tokens)).ok());
    return ValidateRunConfig(config);
  };
  EXPECT_EQ(check(255, "keep", 1024), absl::OkStatus());
  EXPECT_EQ(check(256, "finish", 1024), absl::OkStatus());
  EXPECT_EQ(check(1000, "keep", 256), absl::OkStatus());
  EXPECT_EQ(check(256, "keep", 1024).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(check(1000, "keep", 257)),
              HasSubstr("could be of 257 versions, but a response can name 256; set "
                        "rollout.max_staleness to at most 255 or rollout.swap to finish"));
}

TEST(ValidateRunConfig, TakesACapOfImportanceWeightsWhereTheLearnerComputesOldLogprobs) {
  RunConfig config = Valid();
  ASSERT_TRUE(ApplyOverride(config, "objective.old_logprobs_from=learner").ok());
  for (const char* cap : {"0", "1", "2.0"}) {
    ASSERT_TRUE(ApplyOverride(config, absl::StrCat("objective.importance_cap=", cap)).ok());
    EXPECT_EQ(ValidateRunConfig(config), absl::OkStatus());
  }
}

TEST(ParseRunConfig, ReadsTheTargetsOfAdaptersAsAWordOrAList) {
  using Targets = std::vector<LoraTarget>;
  EXPECT_EQ(RunConfig().lora.targets, Targets{LoraTarget::kAllLinear});
  const auto one = ParseRunConfig("lora:\n  targets: v_proj\n");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->lora.targets, Targets{LoraTarget::kV});
  const auto two = ParseRunConfig("lora:\n  targets: [q_proj, \"down_proj\"]\n");
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->lora.targets, (Targets{LoraTarget::kQ, LoraTarget::kDown}));
  EXPECT_EQ(ParseRunConfig(ToYaml(*two))->lora.targets, two->lora.targets);
  RunConfig config;
  ASSERT_TRUE(ApplyOverride(config, "lora.targets=[up_proj,o_proj]").ok());
  EXPECT_EQ(config.lora.targets, (Targets{LoraTarget::kUp, LoraTarget::kO}));
}

TEST(ParseRunConfig, RefusesATargetOfAdaptersThatNoModelHas) {
  EXPECT_EQ(ParseError("lora:\n  targets: [q_proj, query]\n"),
            "line 2: lora.targets has \"query\" but takes all-linear, q_proj, k_proj, v_proj, "
            "o_proj, gate_proj, up_proj, down_proj.");
  EXPECT_THAT(ParseError("lora:\n  targets: [[q_proj]]\n"), HasSubstr("entry 1 must be a word"));
  EXPECT_THAT(ParseError("lora:\n  targets: {a: 1}\n"), HasSubstr("must have one value"));
}

TEST(LoraTargetNames, AreThoseOfTheModelsModules) {
  EXPECT_THAT(LoraTargetNames({.rank = 0}), ::testing::IsEmpty());
  EXPECT_EQ(LoraTargetNames({.rank = 4}).size(), 7u);
  EXPECT_THAT(LoraTargetNames({.rank = 4, .targets = {LoraTarget::kV, LoraTarget::kQ}}),
              ::testing::ElementsAre("q_proj", "v_proj"));
}

std::string KwargsOf(const std::string& yaml) {
  const auto config = ParseRunConfig("model:\n  chat_template_kwargs: " + yaml);
  return config.ok() ? config->model.chat_template_kwargs : std::string(config.status().message());
}

TEST(ChatTemplateKwargs, AreAMapOfAnyValues) {
  EXPECT_EQ(KwargsOf("{enable_thinking: false, effort: high}"),
            R"({"enable_thinking":false,"effort":"high"})");
  EXPECT_EQ(KwargsOf("\n    b: 3\n    a:\n      - 0.5\n      - null\n      - 'no'\n      - {c: ~}"),
            R"({"b":3,"a":[0.5,null,"no",{"c":null}]})");
  EXPECT_EQ(KwargsOf("{version: 1.2.3, date: 2024-06-15, negative: -1e3, quoted: \"7\"}"),
            R"({"version":"1.2.3","date":"2024-06-15","negative":-1000.0,"quoted":"7"})");
  EXPECT_EQ(KwargsOf("{}"), "");
  EXPECT_EQ(KwargsOf(""), "");
}

TEST(ChatTemplateKwargs, AreSetByJsonAndPrintedAsTheyAreRead) {
  RunConfig config;
  ASSERT_TRUE(
      ApplyOverride(config, R"(model.chat_template_kwargs={"a": {"b": [1, "x: y"]}})").ok());
  EXPECT_EQ(config.model.chat_template_kwargs, R"({"a":{"b":[1,"x: y"]}})");
  const std::string yaml = ToYaml(config);
  EXPECT_NE(yaml.find(R"(  chat_template_kwargs: {"a":{"b":[1,"x: y"]}})"), std::string::npos)
      << yaml;
  EXPECT_EQ(ParseRunConfig(yaml)->model.chat_template_kwargs, config.model.chat_template_kwargs);
  EXPECT_NE(ToYaml(RunConfig()).find("  chat_template_kwargs: {}\n"), std::string::npos);
}

TEST(ChatTemplateKwargs, WhatIsUnclearOrNoMapIsRefusedWithItsLine) {
  EXPECT_EQ(
      KwargsOf("{enable_thinking: no}"),
      "line 2: model.chat_template_kwargs: no may be a flag or a text; write true or false, or "
      "quote it.");
  EXPECT_EQ(KwargsOf("3"),
            "line 2: model.chat_template_kwargs: must be a map, e.g. {enable_thinking: false}.");
  EXPECT_EQ(KwargsOf("[1]"), "line 2: model.chat_template_kwargs must have one value.");
  EXPECT_EQ(KwargsOf("{a: 1, a: 2}"),
            "line 2: model.chat_template_kwargs: has the key \"a\" twice.");
  EXPECT_EQ(KwargsOf("{a: .nan}"),
            "line 2: model.chat_template_kwargs: .nan is not a finite number.");
  EXPECT_EQ(KwargsOf("{a: 99999999999999999999}"),
            "line 2: model.chat_template_kwargs: 99999999999999999999 is too large.");
  RunConfig config;
  EXPECT_EQ(ApplyOverride(config, "model.chat_template_kwargs={a").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ChatTemplateKwargs, ReservedNamesAreRefused) {
  RunConfig config;
  config.data.train = {{.file = "x"}};
  config.model.path = config.data.train[0].file;
  ASSERT_TRUE(ValidateRunConfig(config).ok());
  ASSERT_TRUE(ApplyOverride(config, "model.chat_template_kwargs={messages: []}").ok());
  EXPECT_EQ(ValidateRunConfig(config).message(),
            "model.chat_template_kwargs has \"messages\", which is set for every "
            "template; leave it out.");
}

TEST(TrainFiles, AreAPathOrAListWithWeights) {
  const auto plain = ParseRunConfig("data:\n  train: a.jsonl\n");
  ASSERT_TRUE(plain.ok()) << plain.status();
  ASSERT_EQ(plain->data.train.size(), 1u);
  EXPECT_EQ(plain->data.train[0].file, "a.jsonl");
  EXPECT_EQ(plain->data.train[0].weight, 1);
  for (const char* list : {"data:\n  train: [a, {file: \"b, c\", weight: 0.25}]\n",
                           "data:\n  train:\n    - a\n    - file: b, c\n      weight: 0.25\n"}) {
    const auto config = ParseRunConfig(list);
    ASSERT_TRUE(config.ok()) << config.status();
    ASSERT_EQ(config->data.train.size(), 2u) << list;
    EXPECT_EQ(config->data.train[0].file, "a");
    EXPECT_EQ(config->data.train[1].file, "b, c");
    EXPECT_EQ(config->data.train[1].weight, 0.25);
    EXPECT_THAT(ToYaml(*config), HasSubstr("  train: [{file: \"a\", weight: 1}, "
                                           "{file: \"b, c\", weight: 0.25}]\n"));
  }
  RunConfig config = Valid();
  EXPECT_TRUE(ApplyOverride(config, "data.train=[x, {file: y, weight: 2}]").ok());
  ASSERT_EQ(config.data.train.size(), 2u);
  EXPECT_EQ(config.data.train[1].weight, 2);
  EXPECT_TRUE(ApplyOverride(config, "data.train=-").ok());
  EXPECT_EQ(config.data.train[0].file, "-");
}

TEST(TrainFiles, WhatIsWrongIsNamed) {
  EXPECT_THAT(ParseError("data:\n  train: [a, {file: b, share: 2}]\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("data.train: entry 2 has \"share\"")));
  EXPECT_THAT(ParseError("data:\n  train: [{file: b, weight: much}]\n"),
              HasSubstr("the weight \"much\", not a number"));
  EXPECT_THAT(ParseError("data:\n  train: [[a]]\n"), HasSubstr("must be a path, or a map"));
  EXPECT_THAT(ParseError("data:\n  held_out: [a]\n"), HasSubstr("must have one value"));
  RunConfig config = Valid();
  EXPECT_THAT(MessageOf(ApplyOverride(config, "data.train=[a")), HasSubstr("is not a YAML list"));
  config.data.train = {{.file = "a", .weight = 0}};
  EXPECT_THAT(MessageOf(ValidateRunConfig(config)),
              HasSubstr("data.train: the weight of a is 0 but must be above 0"));
  config.data.train = {{.file = "a"}, {.file = "a"}};
  EXPECT_THAT(MessageOf(ValidateRunConfig(config)), HasSubstr("a list with a in it twice"));
  config.data.train = {{.file = ""}};
  EXPECT_THAT(MessageOf(ValidateRunConfig(config)), HasSubstr("an entry without a file"));
}

TEST(RunConfigKeys, AreUniqueAndAllPrinted) {
  const auto keys = RunConfigKeys();
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
  RunConfig config;
  for (const std::string& key : keys) {
    EXPECT_THAT(ToYaml(config), HasSubstr(key.substr(key.rfind('.') + 1) + ": "));
  }
}

TEST(ToYaml, QuotesTextThatYamlWouldMistake) {
  RunConfig config = Valid();
  config.name = "123";
  config.data.system_prompt = "a: \"b\"\n# c\té";
  const auto parsed = ParseRunConfig(ToYaml(config));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->name, "123");
  EXPECT_EQ(parsed->data.system_prompt, config.data.system_prompt);
}

}  // namespace
}  // namespace hir
