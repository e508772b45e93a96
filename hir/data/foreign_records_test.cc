#include "hir/data/foreign_records.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;

std::string IfEvalError(const std::string& line) {
  return std::string(ParseIfEvalRecord(json::parse(line)).status().message());
}

std::string HirError(const std::string& line) {
  return std::string(ParseHir16kRecord(json::parse(line)).status().message());
}

TEST(IfEvalRecord, KeepsThePromptAndLeavesNullsOut) {
  const auto record = ParseIfEvalRecord(json::parse(
      R"({"key": 1000, "prompt": "Write. No commas.",
          "instruction_id_list": ["punctuation:no_comma", "keywords:existence"],
          "kwargs": [null, {"keywords": ["a"], "num_words": null}]})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->id, "1000");
  EXPECT_EQ(record->question, "Write. No commas.");
  EXPECT_TRUE(record->prompt_is_complete);
  EXPECT_EQ(record->constraints[0].arguments.dump(), "{}");
  EXPECT_EQ(record->constraints[1].arguments.dump(), R"({"keywords":["a"]})");
  EXPECT_EQ(record->constraints[1].text, "");
}

TEST(IfEvalRecord, ErrorsNameTheField) {
  EXPECT_EQ(IfEvalError(R"({"prompt": "p", "instruction_id_list": ["a"], "kwargs": []})"),
            "kwargs has 0 entries, instruction_id_list has 1");
  EXPECT_EQ(IfEvalError(R"({"prompt": "p", "instruction_id_list": ["a"], "kwargs": [3]})"),
            "kwargs[0] must be an object, got 3");
  EXPECT_EQ(IfEvalError(R"({"prompt": "p", "instruction_id_list": [1], "kwargs": [{}]})"),
            "instruction_id_list[0] must be a text, got 1");
  EXPECT_EQ(IfEvalError(R"({"prompt": "p", "instruction_id_list": "a", "kwargs": [{}]})"),
            "instruction_id_list must be a list, got \"a\"");
}

TEST(Hir16kRecord, RuleConstraintsTakeTheirTextsFromTheCriteria) {
  const auto record = ParseHir16kRecord(json::parse(
      R"({"id": 5, "prompt": "Write a poem.", "source": "type1",
          "criteria": ["No commas.", "At least 3 capital words."],
          "ground_truth": {"instruction_id_list":
              ["punctuation:no_comma", "change_case:capital_word_frequency"],
            "kwargs": [{}, {"capital_frequency": 3, "relation": "at least"}]}})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->id, "5");
  EXPECT_EQ(record->constraints[0].text, "No commas.");
  EXPECT_EQ(record->constraints[1].arguments.dump(),
            R"({"capital_frequency":3,"capital_relation":"at least"})");
  EXPECT_EQ(record->layout, 3);
  EXPECT_FALSE(record->prompt_is_complete);
}

TEST(Hir16kRecord, PromptThatHoldsEveryCriterionIsComplete) {
  const auto record = ParseHir16kRecord(json::parse(
      R"({"prompt": [{"role": "system", "content": "s"},
                     {"role": "user", "content": "Write a poem. No commas."}],
          "source": "type2", "criteria": ["No commas."],
          "ground_truth": "{\"instruction_id_list\": [\"a:b\"], \"kwargs\": [{\"N\": 1}]}"})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_TRUE(record->prompt_is_complete);
  EXPECT_EQ(record->question, "Write a poem. No commas.");
}

TEST(Hir16kRecord, BareQuestionGoesBeforeThePrompt) {
  const auto record = ParseHir16kRecord(json::parse(
      R"({"prompt": "Write a poem. No commas.", "question": "Write a poem.", "source": "type1",
          "criteria": ["No commas."],
          "ground_truth": {"instruction_id_list": ["a:b"], "kwargs": [{}]}})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->question, "Write a poem.");
  EXPECT_FALSE(record->prompt_is_complete);
}

TEST(Hir16kRecord, TriplesAndCodeBecomeKindsOfTheirOwn) {
  const auto triples = ParseHir16kRecord(json::parse(
      R"({"prompt": "p", "source": "type3", "criteria": ["c"],
          "ground_truth": {"constraints": [["Length", "Words", "At most 50 words"]]}})"));
  ASSERT_TRUE(triples.ok()) << triples.status();
  EXPECT_EQ(triples->constraints[0].kind, "muldimif:Length/Words");
  EXPECT_EQ(triples->constraints[0].arguments["text"], "At most 50 words");
  const auto code = ParseHir16kRecord(json::parse(
      R"({"prompt": "p", "source": "type4", "criteria": ["c", "d"],
          "ground_truth": {"checker": ["[rule] x", "[llm] y"], "functions": ["def f(): 1", "-"]}})"));
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(code->constraints[0].kind, "python:check_following");
  EXPECT_EQ(code->constraints[0].arguments["source"], "def f(): 1");
  EXPECT_EQ(code->constraints[1].kind, "judge:criterion");
  EXPECT_EQ(code->constraints[1].arguments["criterion"], "y");
}

TEST(Hir16kRecord, ErrorsNameTheField) {
  const std::string begin = R"({"prompt": "p", "criteria": ["c"], "source": )";
  EXPECT_EQ(HirError(begin + R"("type9", "ground_truth": {}})"),
            "source must be type1, type2, type3 or type4, got \"type9\"");
  EXPECT_EQ(HirError(begin + R"("type3", "ground_truth": {"constraints": [["a", "b"]]}})"),
            "ground_truth.constraints[0] must be three texts");
  EXPECT_EQ(HirError(begin + R"("type4", "ground_truth": {"checker": ["x"], "functions": [""]}})"),
            "ground_truth.checker[0] must begin with [rule] or [llm], got x");
  EXPECT_EQ(HirError(begin + R"("type3", "ground_truth": {"constraints": []}})"),
            "criteria has 1 entries, ground_truth has 0");
  EXPECT_EQ(HirError(begin + R"("type1", "ground_truth": "no json"})"),
            "ground_truth must be an object");
}

}  // namespace
}  // namespace hir
