#include "hir/data/record.h"

#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;

InstructionRecord Example() {
  return {{"a-1",
           "Write a poem.",
           {{"keywords:existence", {{"keywords", {"été", "sea"}}}, "Mention \"été\" and \"sea\"."},
            {"punctuation:no_comma", json::object(), "No commas."}},
           Layout::kNumberedRules,
           false}};
}

constexpr char kExampleLine[] =
    R"({"id":"a-1","question":"Write a poem.","constraints":[)"
    R"({"kind":"keywords:existence","arguments":{"keywords":["été","sea"]},)"
    R"("text":"Mention \"été\" and \"sea\"."},)"
    R"({"kind":"punctuation:no_comma","arguments":{},"text":"No commas."}],"layout":3})";

std::string ErrorOf(const std::string& line) {
  return std::string(ParseRecord(json::parse(line)).status().message());
}

TEST(Record, IsWrittenInAFixedOrderOfFields) { EXPECT_EQ(FormatRecord(Example()), kExampleLine); }

TEST(Record, SurvivesTheRoundTrip) {
  const auto record = ParseRecord(json::parse(kExampleLine));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(FormatRecord(*record), kExampleLine);
  EXPECT_EQ(record->constraints[0].arguments["keywords"][1], "sea");
}

TEST(Record, NumberAsIdAndMissingArgumentsAreTaken) {
  const auto record = ParseRecord(json::parse(
      R"({"id": 7, "question": "q", "constraints": [{"kind": "k", "text": "t"}], "layout": 1})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->source_id, "7");
  EXPECT_EQ(record->constraints[0].arguments, json::object());
}

TEST(Record, NullArgumentsAreLeftOut) {
  const auto record = ParseRecord(json::parse(
      R"({"question": "q", "layout": 1,
          "constraints": [{"kind": "k", "text": "t", "arguments": {"a": null, "b": 1}}]})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->constraints[0].arguments.dump(), R"({"b":1})");
}

TEST(Record, ErrorsNameTheField) {
  EXPECT_EQ(ErrorOf(R"({"question": 3, "layout": 1, "constraints": []})"),
            "question must be a text, got 3");
  EXPECT_EQ(ErrorOf(R"({"question": "q", "constraints": []})"), "layout is missing");
  EXPECT_EQ(ErrorOf(R"({"question": "q", "layout": 7, "constraints": []})"),
            "layout must be 1 to 6, got 7");
  EXPECT_EQ(ErrorOf(R"({"question": "q", "layout": 1})"), "constraints is missing");
  EXPECT_EQ(ErrorOf(R"({"question": "q", "layout": 1, "constraints": [], "prompt": "x"})"),
            "unknown field \"prompt\"");
  EXPECT_EQ(ErrorOf(R"({"id": [1], "question": "q", "layout": 1, "constraints": []})"),
            "id must be a text or a number, got [1]");
}

TEST(Record, ErrorsNameTheConstraint) {
  const std::string begin = R"({"question": "q", "layout": 1, "constraints": [)";
  EXPECT_EQ(ErrorOf(begin + R"({"kind": "k", "text": "t"}, 5]})"),
            "constraints[1]: must be an object");
  EXPECT_EQ(ErrorOf(begin + R"({"text": "t"}]})"), "constraints[0]: kind is missing");
  EXPECT_EQ(ErrorOf(begin + R"({"kind": "k", "text": "t", "arguments": [1]}]})"),
            "constraints[0]: arguments must be an object, got [1]");
  EXPECT_EQ(ErrorOf(begin + R"({"kind": "k", "text": " "}]})"), "constraints[0]: text is blank");
}

TEST(Record, SaysWhatAConstraintDependsOn) {
  const auto line = [](const std::string& depends_on) {
    return R"({"question":"q","constraints":[{"kind":"k","arguments":{},"text":"a"},)"
           R"({"kind":"l","arguments":{},"text":"b","depends_on":)" +
           depends_on + R"(}],"layout":1})";
  };
  const auto record = ParseRecord(json::parse(line("[0]")));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->constraints[1].depends_on, (std::vector<size_t>{0}));
  EXPECT_EQ(FormatRecord(*record), line("[0]"));
  EXPECT_EQ(ErrorOf(line("[1]")),
            "constraints[1]: depends_on leads in a circle, so none of these constraints could come "
            "first");
  EXPECT_EQ(
      ErrorOf(line("[2]")),
      "constraints[1]: depends_on has 2, but the 2 constraints of the instruction are counted "
      "from 0");
  for (const char* const wrong : {"[-1]", "0", "[\"0\"]", "[0.0]"}) {
    EXPECT_EQ(ErrorOf(line(wrong)),
              std::string("constraints[1]: depends_on must be a list of whole numbers of at least "
                          "0, got ") +
                  wrong);
  }
}

TEST(Record, CompletePromptNeedsNoTexts) {
  const auto record = ParseRecord(json::parse(
      R"({"question": "q", "layout": 1, "prompt_is_complete": true,
          "constraints": [{"kind": "k", "text": ""}]})"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_TRUE(record->prompt_is_complete);
  EXPECT_NE(FormatRecord(*record).find(R"("prompt_is_complete":true)"), std::string::npos);
}

}  // namespace
}  // namespace hir
