#include "cli/hindsight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json Line(uint64_t task, uint32_t sample, const std::vector<std::string>& verdicts) {
  json line = {{"task", task},
               {"sample", sample},
               {"question", "Why?"},
               {"constraints", json::array()},
               {"layout", 4},
               {"entropy_mean_nats", 0.5},
               {"token_ids", {1, 2, 3}},
               {"finish_reason", "stop"}};
  for (const std::string& verdict : verdicts) {
    line["constraints"].push_back({{"text", "rule " + verdict}, {"verdict", verdict}});
  }
  return line;
}

std::vector<json> Lines(const std::string& text) {
  std::vector<json> lines;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

TEST(HindsightLines, ShowsWhatWouldBeReplayedAndTheTotals) {
  RunConfig config;
  config.hindsight.replay_per_prompt = 1;
  std::vector<ScoredLine> input;
  for (const json& line :
       {Line(0, 0, {"pass", "fail"}), Line(0, 1, {"fail", "fail"}), Line(1, 0, {"pass", "pass"})}) {
    input.push_back(ParseScoredLine(line).value());
  }
  const std::vector<json> output = Lines(HindsightLines(input, config, 1).value());
  ASSERT_EQ(output.size(), 2u);
  EXPECT_EQ(output[0]["rewritten_instruction"], "Why?\n\n- rule pass");
  EXPECT_EQ(output[0]["kept_constraints"], json::array({0}));
  EXPECT_EQ(output[0]["dropped_constraints"], json::array({1}));
  EXPECT_DOUBLE_EQ(output[0]["score"].get<double>(), 0.5 + 2.1 * 0.5);
  EXPECT_EQ(output[1]["eligible"], 1);
  EXPECT_EQ(output[1]["requested"], 2);
  EXPECT_EQ(output[1]["shortfall"], 1);
}

TEST(HindsightLines, RefusesAResponseThatIsThereTwice) {
  const ScoredLine line = ParseScoredLine(Line(0, 0, {"pass", "fail"})).value();
  EXPECT_THAT(std::string(HindsightLines({line, line}, {}, 1).status().message()),
              HasSubstr("sample 0/0 is there twice"));
}

TEST(ParseScoredLine, NamesTheFieldThatIsWrong) {
  for (const char* field : {"task", "sample", "question", "constraints", "entropy_mean_nats"}) {
    json line = Line(0, 0, {"pass"});
    line[field] = nullptr;
    EXPECT_THAT(std::string(ParseScoredLine(line).status().message()), HasSubstr(field));
  }
  json line = Line(0, 0, {"maybe"});
  EXPECT_THAT(std::string(ParseScoredLine(line).status().message()), HasSubstr("verdict"));
  line = Line(0, 0, {"pass"});
  line["layout"] = 9;
  EXPECT_THAT(std::string(ParseScoredLine(line).status().message()), HasSubstr("layout is 9"));
}

TEST(RunHindsightCommand, WantsInputAndStep) {
  const std::vector<std::string> args = {"--input", "scored.jsonl"};
  EXPECT_EQ(RunHindsightCommand(args).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
