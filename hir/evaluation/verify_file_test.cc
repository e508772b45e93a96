#include "hir/evaluation/verify_file.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/checkers/all_checkers.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json Line(const std::string& response, const json& ids, const json& kwargs) {
  return {
      {"prompt", "p"}, {"response", response}, {"instruction_id_list", ids}, {"kwargs", kwargs}};
}

std::string ParseError(const json& line) {
  const auto task = ParseVerifyTask(line, AllCheckers());
  EXPECT_EQ(task.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(task.status().message());
}

json Verdicts(const json& line) {
  auto task = ParseVerifyTask(line, AllCheckers());
  EXPECT_TRUE(task.ok()) << task.status();
  return json::parse(VerdictRecord(*task).dump());
}

TEST(Verify, DecidesStrictlyAndLoosely) {
  const json record =
      Verdicts(Line("Sure, here it is:\nno commas in this line",
                    json::array({"punctuation:no_comma"}), json::array({json::object()})));
  EXPECT_EQ(record["strict"], json::array({false}));
  EXPECT_EQ(record["loose"], json::array({true}));
  EXPECT_FALSE(record.contains("reasons"));
}

TEST(Verify, KeepsTheKeyAndTheIds) {
  json line = Line("text", json::array({"punctuation:no_comma"}), json::array({json::object()}));
  line["key"] = 1000;
  const json record = Verdicts(line);
  EXPECT_EQ(record["key"], 1000);
  EXPECT_EQ(record["instruction_id_list"], line["instruction_id_list"]);
}

TEST(Verify, TakesNullArgumentsAsAbsent) {
  const json record = Verdicts(Line("text", json::array({"punctuation:no_comma"}),
                                    json::array({json{{"num_words", nullptr}}})));
  EXPECT_EQ(record["strict"], json::array({true}));
}

TEST(Verify, NamesTheFieldThatIsWrong) {
  EXPECT_THAT(ParseError({{"prompt", "p"}}), HasSubstr("response is missing"));
  EXPECT_THAT(ParseError(Line("r", "no list", json::array())), HasSubstr("instruction_id_list"));
  EXPECT_THAT(ParseError(Line("r", json::array({"punctuation:no_comma"}), json::array())),
              HasSubstr("kwargs"));
  EXPECT_THAT(ParseError(Line("r", json::array({"punctuation:no_comma"}), json::array({3}))),
              HasSubstr("kwargs"));
}

TEST(Verify, IsUndecidedWhereACheckerRefusesItsArguments) {
  const json record =
      Verdicts(Line("a b", json::array({"language:response_language", "punctuation:no_comma"}),
                    json::array({json{{"language", "xx"}}, json::object()})));
  EXPECT_EQ(record["strict"], json::array({"undecidable", true}));
  EXPECT_EQ(record["loose"], json::array({"undecidable", true}));
  EXPECT_THAT(record["reasons"][0].get<std::string>(), HasSubstr("\"xx\""));
}

// An answer after its reasoning is judged as the answer alone; one that never came as an empty
// text.
TEST(Verify, ChecksWhatFollowsTheReasoning) {
  const json ids = json::array({"punctuation:no_comma", "length_constraints:number_words",
                                "muldimif:Length/Words", "first_word:first_word_answer"});
  const json kwargs =
      json::array({json::object(), json{{"num_words", 5}, {"relation", "less than"}},
                   json{{"text", "At most 5 words"}}, json{{"first_word", "slowly"}}});
  const auto verdicts = [&](const std::string& response, const std::string& mark) {
    auto task = ParseVerifyTask(Line(response, ids, kwargs), AllCheckers());
    EXPECT_TRUE(task.ok()) << task.status();
    task->reasoning_end = mark;
    return json::parse(VerdictRecord(*task).dump());
  };
  json plain = verdicts("Slowly it snows.", "");
  EXPECT_EQ(plain["strict"], json::array({true, true, true, true}));
  EXPECT_FALSE(plain.contains("reasoning_ended"));
  const std::string reasoned =
      "<think>\nWell, one, two, three words?\n</think>\n\nSlowly it snows.\n";
  EXPECT_NE(verdicts(reasoned, "")["strict"], plain["strict"]);
  json record = verdicts(reasoned, "</think>");
  EXPECT_EQ(record["reasoning_ended"], true);
  record.erase("reasoning_ended");
  EXPECT_EQ(record, plain);
  record = verdicts("<think>\nSlowly it snows.", "</think>");
  EXPECT_EQ(record["reasoning_ended"], false);
  EXPECT_EQ(record["strict"], verdicts("", "")["strict"]);
}

TEST(Verify, NamesTheNearestChecker) {
  EXPECT_THAT(
      ParseError(Line("r", json::array({"punctuation:no_coma"}), json::array({json::object()}))),
      HasSubstr("punctuation:no_comma"));
}

TEST(ReadVerifyTasks, NamesALineThatIsNestedWithoutEnd) {
  ScratchFolder folder;
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  const std::string line =
      Line("r", json::array({"punctuation:no_comma"}), json::array({json::object()})).dump();
  ASSERT_TRUE(WriteFileAtomically(folder.Path("x"), line + "\n{\"key\":" + deep + "}\n").ok());
  EXPECT_THAT(std::string(ReadVerifyTasks(folder.Path("x"), AllCheckers()).status().message()),
              HasSubstr("x:2: JSON nested more than 100 deep"));
}

TEST(Verify, KeepsTheOrderWithSeveralThreads) {
  std::vector<VerifyTask> tasks;
  for (int i = 0; i < 50; ++i) {
    json line = Line(i % 3 == 0 ? "a, b" : "a b", json::array({"punctuation:no_comma"}),
                     json::array({json::object()}));
    line["key"] = i;
    tasks.push_back(*ParseVerifyTask(line, AllCheckers()));
  }
  const std::string lines = VerdictLines(tasks, 4);
  EXPECT_EQ(lines, VerdictLines(tasks, 1));
  EXPECT_THAT(lines, HasSubstr("{\"key\":49,"));
}

}  // namespace
}  // namespace hir
