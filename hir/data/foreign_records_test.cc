#include "hir/data/foreign_records.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;

std::string IfEvalError(const std::string& line) {
  return std::string(ParseIfEvalRecord(json::parse(line)).status().message());
}

absl::StatusOr<InstructionRecord> Hir(const std::string& line,
                                      StoredPrompt use = StoredPrompt::kTakeApart) {
  return ParseHir16kRecord(json::parse(line), use);
}

std::string HirError(const std::string& line) {
  return std::string(
      ParseHir16kRecord(json::parse(line), StoredPrompt::kTakeApart).status().message());
}

TEST(IfEvalRecord, KeepsThePromptAndLeavesNullsOut) {
  const auto record = ParseIfEvalRecord(json::parse(
      R"({"key": 1000, "prompt": "Write. No commas.",
          "instruction_id_list": ["punctuation:no_comma", "keywords:existence"],
          "kwargs": [null, {"keywords": ["a"], "num_words": null}]})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->source_id, "1000");
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

TEST(IfRlvrRecord, TakesThePublishedRowApart) {
  const json line = {
      {"key", "k"},
      {"messages",
       {{{"role", "user"},
         {"content", "Write about a lighthouse. Use no commas. Use at least 40 words."}}}},
      {"ground_truth",
       "[{'instruction_id': ['punctuation:no_comma', 'length_constraints:number_words'], "
       "'kwargs': [None, {'num_words': 40, 'relation': 'at least'}]}]"},
      {"dataset", "ifeval"},
      {"constraint", "Use no commas. Use at least 40 words."}};
  const auto record = ParseIfRlvrRecord(line, StoredPrompt::kTakeApart);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->source_id, "k");
  EXPECT_EQ(record->question, "Write about a lighthouse.");
  EXPECT_EQ(record->layout, Layout::kSpace);
  EXPECT_FALSE(record->laid_out_anew);
  EXPECT_EQ(WhyNotReplayed(*record), "");
  EXPECT_EQ(record->constraints[0].text, "Use no commas.");
  EXPECT_EQ(record->constraints[1].kind, "length_constraints:number_words");
  EXPECT_EQ(record->constraints[1].arguments.dump(), R"({"num_words":40,"relation":"at least"})");
  EXPECT_EQ(record->constraints[1].text, "Use at least 40 words.");

  const auto kept = ParseIfRlvrRecord(line, StoredPrompt::kKeep);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_TRUE(kept->prompt_is_complete);
  EXPECT_EQ(kept->question, line["messages"][0]["content"]);
}

TEST(IfRlvrRecord, ReadsFunctionNames) {
  const auto record = ParseIfRlvrRecord(
      json::parse(R"({"messages": [{"role": "user", "content": "Write. Use no commas."}],
                      "ground_truth": "{\"func_name\": \"validate_no_commas\", \"N\": null}",
                      "constraint": "Use no commas."})"),
      StoredPrompt::kTakeApart);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->question, "Write.");
  EXPECT_EQ(record->constraints[0].kind, "punctuation:no_comma");
  EXPECT_EQ(WhyNotReplayed(*record), "there is a single constraint");
}

TEST(VerlRecord, ReadsTheGroundTruthUnderTheRewardModel) {
  const auto record = ParseVerlRecord(
      json::parse(R"({"data_source": "ifeval", "prompt": [{"role": "user", "content": "Say hi."}],
          "ability": "if", "reward_model": {"style": "rule", "ground_truth":
            {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{"n": null}]}},
          "extra_info": {"index": 7}})"),
      StoredPrompt::kTakeApart);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->source_id, "7");
  EXPECT_EQ(record->question, "Say hi.");
  EXPECT_EQ(record->constraints[0].arguments.dump(), "{}");
  EXPECT_EQ(WhyNotReplayed(*record), "a constraint has no text of its own");
}

TEST(VerlRecord, TakesTextsFromTheExtraInformation) {
  const auto record = ParseVerlRecord(
      json::parse(
          R"({"prompt": [{"role": "user", "content": "Say hi.\n\n- No commas.\n- Quote it."}],
          "reward_model": {"ground_truth":
            "{\"instruction_id_list\": [\"a\", \"b\"], \"kwargs\": [{}, {}]}"},
          "extra_info": {"criteria": ["No commas.", "Quote it."]}})"),
      StoredPrompt::kTakeApart);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->question, "Say hi.");
  EXPECT_EQ(record->layout, Layout::kDashes);
}

TEST(VerlRecord, TakesQuestionAndLayoutFromTheExtraInformationOfHirsAuthors) {
  const auto row = [](const std::string& q_type) {
    return ParseVerlRecord(
        json::parse(
            R"({"prompt": [{"role": "user", "content": "Say hi.\n\nThe output must follow the following rules:\n1. No commas.\n2. Quote it."}],
            "reward_model": {"ground_truth": {"instruction_id_list": ["a", "b"], "kwargs": [{}, {}]}},
            "extra_info": {"question": "Say hi.", "criteria": ["No commas.", "Quote it."],
                           "q_type": )" +
            q_type + "}}"),
        StoredPrompt::kTakeApart);
  };
  for (const char* q_type : {"\"type3\"", "3", "null"}) {
    const auto record = row(q_type);
    ASSERT_TRUE(record.ok()) << record.status();
    EXPECT_EQ(record->question, "Say hi.");
    EXPECT_EQ(record->layout, Layout::kNumberedRules);
    EXPECT_FALSE(record->prompt_is_complete);
    EXPECT_TRUE(record->laid_out_anew);  // It gets the project's heading.
  }
  EXPECT_EQ(row("\"type5\"")->layout, Layout::kSentencesFirst);
  EXPECT_EQ(std::string(row("\"type7\"").status().message()),
            "q_type must be type1 to type6, got \"type7\"");
}

TEST(VerlRecord, AnAnswerIsNoGroundTruthHere) {
  const auto record =
      ParseVerlRecord(json::parse(R"({"prompt": "1+1?", "reward_model": {"ground_truth": "two"}})"),
                      StoredPrompt::kTakeApart);
  EXPECT_THAT(
      std::string(record.status().message()),
      ::testing::HasSubstr("reward_model.ground_truth: is neither JSON nor a Python literal"));
}

TEST(MulDimIfRecord, TakesConversationsAndTriples) {
  const json line = json::parse(
      R"({"id": "m", "conversations": [{"role": "user", "content": "Describe a harbour. \nThe output must follow the following rules: \n1. The response must contain no more than 60 words. \n2. Use no commas."}],
          "constraints": [["Length", "Words", "The response must contain no more than 60 words"],
                          ["Format", "Others", "Use no commas"]]})");
  const auto record = ParseMulDimIfRecord(line, StoredPrompt::kTakeApart);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->question, "Describe a harbour.");
  EXPECT_EQ(record->layout, Layout::kNumberedRules);
  EXPECT_TRUE(record->laid_out_anew);
  EXPECT_EQ(record->constraints[1].kind, "muldimif:Format/Others");
  EXPECT_EQ(record->constraints[1].text, "Use no commas");
  EXPECT_EQ(ParseMulDimIfRecord(line, StoredPrompt::kKeep)->question,
            line["conversations"][0]["content"]);
}

TEST(ChatPrompt, OnlyOneUserTurnCanBeTrainedOn) {
  const auto error = [](const std::string& messages) {
    return std::string(ParseIfRlvrRecord(json::parse(R"({"messages": )" + messages +
                                                     R"(, "ground_truth": {"func_name":
                                                        "validate_title"}})"),
                                         StoredPrompt::kTakeApart)
                           .status()
                           .message());
  };
  const std::string user = R"({"role": "user", "content": "a"})";
  const std::string answer = R"({"role": "assistant", "content": "b"})";
  EXPECT_EQ(error("[" + user + "," + answer + "]"), "");
  EXPECT_EQ(error("[" + user + "," + answer + "," + user + "]"),
            "messages[1] is a turn of \"assistant\", but only one user turn, with a system turn "
            "before it, can be trained on");
  EXPECT_EQ(error("[" + user + "," + user + "]").substr(0, 30), "messages[1] is a turn of \"user");
  EXPECT_EQ(error("[]"), "messages holds no user turn");
  EXPECT_EQ(error(R"("[{'role': 'user', 'content': 'a'}]")"),
            "messages must be a list, got \"[{'role': 'user', 'content': 'a'}]\"");
  EXPECT_EQ(error("[3]"), "messages[0] must be an object");
  EXPECT_EQ(error(R"([{"role": "user", "content": null}])"),
            "messages[0].content must be a text, got null");
}

TEST(ChatPrompt, TheSystemTurnIsKeptApart) {
  const auto record = ParseIfRlvrRecord(
      json::parse(
          R"({"messages": [{"from": "system", "value": "s"}, {"from": "human", "value": "u"}],
                      "ground_truth": {"func_name": "validate_title"}})"),
      StoredPrompt::kTakeApart);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->system_prompt, "s");
  EXPECT_EQ(record->question, "u");
}

TEST(Hir16kRecord, RuleConstraintsTakeTheirTextsFromTheCriteria) {
  const auto record = Hir(
      R"({"id": 5, "prompt": "Write a poem.\nNo commas. At least 3 capital words.", "source": "type1",
          "criteria": ["No commas.", "At least 3 capital words."],
          "ground_truth": {"instruction_id_list":
              ["punctuation:no_comma", "change_case:capital_word_frequency"],
            "kwargs": [{}, {"capital_frequency": 3, "relation": "at least"}]}})");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->source_id, "5");
  EXPECT_EQ(record->question, "Write a poem.");
  EXPECT_EQ(record->constraints[0].text, "No commas.");
  EXPECT_EQ(record->constraints[1].arguments.dump(),
            R"({"capital_frequency":3,"capital_relation":"at least"})");
  EXPECT_EQ(record->layout, Layout::kNewline);
  EXPECT_FALSE(record->prompt_is_complete);
}

TEST(Hir16kRecord, APromptWithoutACriterionKeepsItsWholeQuestion) {
  const auto record = Hir(
      R"({"prompt": "Write a poem. No commas.", "source": "type2",
          "criteria": ["No commas.", "Rhyme."],
          "ground_truth": "{\"instruction_id_list\": [\"a:b\", \"c:d\"], \"kwargs\": [{}, {}]}"})");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_TRUE(record->prompt_is_complete);
  EXPECT_EQ(record->question, "Write a poem. No commas.");
  EXPECT_EQ(WhyNotReplayed(*record), "a constraint's text is not found in the prompt");
}

TEST(Hir16kRecord, ABareQuestionIsLaidOutAsItsPromptShows) {
  const std::string rest = R"("question": "Write a poem.", "source": "type1",
          "criteria": ["No commas.", "Rhyme."],
          "ground_truth": {"instruction_id_list": ["a:b", "c:d"], "kwargs": [{}, {}]}})";
  const auto shown = Hir(R"({"prompt": "No commas. Rhyme.\n\nWrite a poem.", )" + rest);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->question, "Write a poem.");
  EXPECT_EQ(shown->layout, Layout::kSentencesFirst);
  EXPECT_FALSE(shown->laid_out_anew);
  // The numbered list, as no prompt shows a layout.
  const auto alone = Hir("{" + rest);
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_EQ(alone->layout, Layout::kNumberedRules);
  EXPECT_TRUE(alone->laid_out_anew);
  const auto kept =
      Hir(R"({"prompt": "No commas. Rhyme.\n\nWrite a poem.", )" + rest, StoredPrompt::kKeep);
  EXPECT_EQ(kept->question, "No commas. Rhyme.\n\nWrite a poem.");
}

TEST(Hir16kRecord, AQuestionThatStatesConstraintsIsNotBare) {
  const auto record = Hir(R"({"question": "Write a poem. No commas.", "source": "type1",
          "criteria": ["No commas.", "Rhyme."],
          "ground_truth": {"instruction_id_list": ["a:b", "c:d"], "kwargs": [{}, {}]}})");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_TRUE(record->prompt_is_complete);
}

TEST(Hir16kRecord, TriplesAndCodeBecomeKindsOfTheirOwn) {
  const auto triples = Hir(
      R"({"prompt": "p", "source": "type3", "criteria": ["c"],
          "ground_truth": {"constraints": [["Length", "Words", "At most 50 words"]]}})");
  ASSERT_TRUE(triples.ok()) << triples.status();
  EXPECT_EQ(triples->constraints[0].kind, "muldimif:Length/Words");
  EXPECT_EQ(triples->constraints[0].arguments["text"], "At most 50 words");
  const auto code = Hir(
      R"({"prompt": "p", "source": "type4", "criteria": ["c", "d"],
          "ground_truth": {"checker": ["[rule] x", "[llm] y"], "functions": ["def f(): 1", "-"]}})");
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
            "ground_truth: constraints[0] must be three texts");
  EXPECT_EQ(HirError(begin + R"("type4", "ground_truth": {"checker": ["x"], "functions": [""]}})"),
            "ground_truth: checker[0] must begin with [rule] or [llm], got \"x\"");
  EXPECT_EQ(HirError(begin + R"("type3", "ground_truth": {"constraints": []}})"),
            "criteria has 1 entries, ground_truth has 0");
  EXPECT_EQ(
      HirError(begin + R"("type1", "ground_truth": "no json"})"),
      "ground_truth: is neither JSON nor a Python literal (not a Python literal at byte 1), got "
      "\"no json\"");
}

}  // namespace
}  // namespace hir
