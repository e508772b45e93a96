// Runs on models other than ordinary chat models, base models and reasoning ones, and of adapters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "hir/base/file.h"
#include "hir/tokenizer/tokenizer.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kDeadline = absl::Minutes(4);
constexpr int kBegin = 256;  // The tiny tokenizer's <|im_start|>.

json ReadJson(const std::string& path) { return json::parse(ReadFile(path).value()); }

void WriteJson(const std::string& path, const json& content) {
  ASSERT_TRUE(WriteFileAtomically(path, content.dump()).ok());
}

std::string Output(TinyRun& run, const std::vector<std::string>& arguments) {
  const auto hir = run.StartHir(arguments);
  EXPECT_EQ(hir->Wait(kDeadline), 0) << hir->Output();
  return hir->Output();
}

// Makes a folder like published base models: no chat template, and a post-processor that adds BOS.
void MakeBaseModel(const std::string& folder) {
  json config = ReadJson(folder + "/tokenizer_config.json");
  config.erase("chat_template");
  WriteJson(folder + "/tokenizer_config.json", config);
  json tokenizer = ReadJson(folder + "/tokenizer.json");
  const json sequence = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const json begin = {{"SpecialToken", {{"id", "<|im_start|>"}, {"type_id", 0}}}};
  tokenizer["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single", json::array({begin, sequence})},
      {"pair", json::array({begin, sequence, {{"Sequence", {{"id", "B"}, {"type_id", 1}}}}})},
      {"special_tokens",
       {{"<|im_start|>",
         {{"id", "<|im_start|>"}, {"ids", {kBegin}}, {"tokens", {"<|im_start|>"}}}}}}};
  WriteJson(folder + "/tokenizer.json", tokenizer);
}

TEST(BaseModel, TrainsEvaluatesAndGeneratesOnPlainPrompts) {
  TinyRun run("base-model", TinyConstraints::kLetterAndNoComma);
  MakeBaseModel(run.model_folder());
  EXPECT_THAT(Output(run, {"train", run.config_path(), "--dry-run"}),
              HasSubstr("the model folder has no chat template: prompts are plain text"));
  const auto training =
      run.StartTraining({"learner.total_steps=2", "eval.every=2", "data.system_prompt=Be kind."});
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  EXPECT_EQ(run.Evaluations().size(), 2u);
  const auto tokenizer = Tokenizer::Load(run.model_folder());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  ASSERT_EQ(run.Rollouts().size(), size_t{2 * 8 * 6});
  for (const json& record : run.Rollouts()) {
    const std::vector<int32_t> prompt = record.at("prompt_token_ids");
    EXPECT_EQ(prompt.front(), kBegin);
    const std::string text = (*tokenizer)->Decode(absl::MakeConstSpan(prompt).subspan(1), false);
    EXPECT_THAT(text, testing::StartsWith("Be kind.\n\n"));
    EXPECT_THAT(text, HasSubstr(record.at("question").get<std::string>()));
    EXPECT_THAT(text, Not(HasSubstr("<|im_")));
  }
  Output(run,
         {"generate", "--model", run.model_folder(), "--prompt", "Say A.", "--max-tokens", "4"});
  EXPECT_THAT(Output(run, {"eval", "--model", run.model_folder(), "--suite", run.held_out_path(),
                           "--max-tokens", "4"}),
              HasSubstr("8 prompts"));
}

TEST(Adapters, AreTrainedResumedMergedAndServed) {
  TinyRun run("adapters", TinyConstraints::kLetterAndNoComma);
  const std::vector<std::string> lora = {"lora.rank=2", "lora.targets=[q_proj,down_proj]",
                                         "objective.kl_coef=0.001"};
  std::vector<std::string> first = lora;
  first.push_back("learner.total_steps=1");
  const auto begun = run.StartTraining(first);
  ASSERT_EQ(begun->Wait(kDeadline), 0) << begun->Output();
  std::vector<std::string> then = lora;
  then.push_back("learner.total_steps=2");
  const auto continued = run.StartTraining(then);
  ASSERT_EQ(continued->Wait(kDeadline), 0) << continued->Output();
  EXPECT_EQ(run.Metrics().size(), 2u);
  const std::string checkpoint = run.folder() + "/checkpoints/global_step_2";
  EXPECT_FALSE(std::filesystem::exists(checkpoint + "/model.safetensors"));
  EXPECT_EQ(ReadJson(checkpoint + "/adapter_config.json").at("r"), 2);

  const auto refused = run.StartHir({"generate", "--model", checkpoint, "--prompt", "Say A."});
  EXPECT_EQ(refused->Wait(kDeadline), 2);
  EXPECT_THAT(refused->Output(), HasSubstr("`hir merge`"));
  const std::string merged = run.root() + "/merged";
  EXPECT_THAT(Output(run, {"merge", checkpoint, "--output", merged, "--dtype", "f32"}),
              HasSubstr("wrote " + merged));
  Output(run, {"generate", "--model", merged, "--prompt", "Say A.", "--max-tokens", "4"});
  const auto again = run.StartHir({"merge", checkpoint, "--output", merged});
  EXPECT_EQ(again->Wait(kDeadline), 2);
  EXPECT_THAT(again->Output(), HasSubstr(merged + " exists already"));
}

// The letter "e" is the mark: some of the tiny model's answers have it, some don't.
TEST(ReasoningModel, OnlyWhatFollowsTheMarkIsCheckedAndAllIsKept) {
  TinyRun run("reasoning-model", TinyConstraints::kLetterAndNoComma);
  json config = ReadJson(run.model_folder() + "/tokenizer_config.json");
  config["chat_template"] = "{{ style }}:" + config["chat_template"].get<std::string>();
  WriteJson(run.model_folder() + "/tokenizer_config.json", config);
  const auto training =
      run.StartTraining({"learner.total_steps=2", "eval.every=2", "model.reasoning_end=e",
                         "model.chat_template_kwargs={style: {of: [brief]}}"});
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  const auto tokenizer = Tokenizer::Load(run.model_folder());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  std::set<bool> ended;
  double unended = 0;
  for (const json& record : run.Rollouts()) {
    const std::string text = record.at("text");
    EXPECT_EQ(record.at("reasoning_end"), "e");
    EXPECT_EQ(record.at("reasoning_ended"), text.find('e') != std::string::npos);
    ended.insert(record.at("reasoning_ended").get<bool>());
    unended += !record.at("reasoning_ended").get<bool>();
    // No "e" follows the last one, but an "E" may, which is not the mark but counts as the letter.
    const size_t mark = text.rfind('e');
    const bool capital = mark != std::string::npos && text.find('E', mark) != std::string::npos;
    EXPECT_EQ(record.at("constraints")[0].at("verdict"), capital ? "pass" : "fail");
    EXPECT_EQ((*tokenizer)->Decode(record.at("token_ids").get<std::vector<int32_t>>()), text);
    EXPECT_THAT(
        (*tokenizer)->Decode(record.at("prompt_token_ids").get<std::vector<int32_t>>(), false),
        testing::StartsWith("{'of': ['brief']}:<|im_start|>"));
  }
  EXPECT_EQ(ended.size(), 2u);
  double counted = 0;
  for (const json& metrics : run.Metrics()) {
    counted += metrics.at("reward/reasoning_unended").get<double>();
  }
  EXPECT_EQ(counted, unended);
  for (const json& evaluation : run.Evaluations()) {
    EXPECT_LE(evaluation.at("instruction_strict").get<double>(), 0.5);
    EXPECT_TRUE(evaluation.contains("reasoning_unended"));
  }
  EXPECT_THAT(Output(run, {"verify", "--rescore", run.folder()}),
              HasSubstr("0 of 192 verdicts changed"));
  EXPECT_THAT(ReadFile(run.folder() + "/config.yaml").value(),
              HasSubstr("chat_template_kwargs: {\"style\":{\"of\":[\"brief\"]}}"));
}

TEST(ReasoningModel, EvalAndGenerateTakeTheMarkAndTheVariables) {
  TinyRun run("reasoning-commands");
  const std::string outcomes = run.root() + "/outcomes.jsonl";
  Output(run, {"eval", "--model", run.model_folder(), "--suite", run.held_out_path(),
               "--max-tokens", "4", "--reasoning-end", "</think>", "--chat-template-kwargs",
               "{\"a\": 1}", "--output", outcomes});
  for (const json& outcome : ReadJsonLines(outcomes)) {
    EXPECT_EQ(outcome.at("reasoning_ended"), false);
    EXPECT_EQ(outcome.at("strict"), json::array({false}));
  }
  const auto hir = run.StartHir({"generate", "--model", run.model_folder(), "--prompt", "Hi",
                                 "--chat-template-kwargs", "{\"messages\": 1}"});
  EXPECT_EQ(hir->Wait(kDeadline), 2);
  EXPECT_THAT(hir->Output(), HasSubstr("chat_template_kwargs has \"messages\""));
}

}  // namespace
}  // namespace hir
