#include "hir/evaluation/hindsight_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
    const std::string text = "rule " + std::to_string(line["constraints"].size());
    line["constraints"].push_back({{"text", text}, {"verdict", verdict}});
  }
  return line;
}

// Every prompt fits.
absl::StatusOr<std::vector<int32_t>> NoTokens(const std::string&) { return std::vector<int32_t>(); }

std::vector<ScoredLine> Parse(const std::vector<json>& lines) {
  std::vector<ScoredLine> parsed;
  for (const json& line : lines) parsed.push_back(ParseScoredLine(line).value());
  return parsed;
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
  const auto input = Parse(
      {Line(0, 0, {"pass", "fail"}), Line(0, 1, {"fail", "fail"}), Line(1, 0, {"pass", "pass"})});
  const std::vector<json> output = Lines(HindsightLines(input, config, 1, NoTokens).value());
  ASSERT_EQ(output.size(), 2u);
  EXPECT_EQ(output[0]["rewritten_instruction"], "Why?\n\n- rule 0");
  EXPECT_EQ(output[0]["kept_constraints"], json::array({0}));
  EXPECT_EQ(output[0]["dropped_constraints"], json::array({1}));
  EXPECT_DOUBLE_EQ(output[0]["score"].get<double>(), 0.5 + 2.1 * 0.5);
  EXPECT_EQ(output[1]["eligible"], 1);
  EXPECT_EQ(output[1]["requested"], 2);
  EXPECT_EQ(output[1]["shortfall"], 1);
  EXPECT_EQ(output[1]["skipped"]["all_met"], 1);
  EXPECT_EQ(output[1]["skipped"]["none_met"], 1);
  EXPECT_EQ(output[1]["skipped"]["not_picked"], 0);
}

TEST(HindsightLines, LeaveOutWhatHasTooLongAPromptAsReplayDoes) {
  RunConfig config;
  config.hindsight.replay_per_prompt = 1;
  config.rollout.max_prompt_tokens = 3;
  json better = Line(0, 0, {"pass", "fail"});
  better["entropy_mean_nats"] = 0.9;
  better["constraints"][0]["text"] = "a long rule";
  json other = Line(1, 0, {"fail", "fail", "pass"});
  const auto words = [](const std::string& text) -> absl::StatusOr<std::vector<int32_t>> {
    return std::vector<int32_t>(std::count(text.begin(), text.end(), ' ') + 1);
  };
  config.hindsight.scope = SelectionScope::kInstruction;
  const auto output = Lines(HindsightLines(Parse({better, other}), config, 1, words).value());
  ASSERT_EQ(output.size(), 2u);
  EXPECT_EQ(output[0]["task"], 1);
  EXPECT_EQ(output[1]["skipped"]["prompt_too_long"], 1);
}

TEST(HindsightLines, LeaveOutWhatLacksVotesAndWhatDependsOnIt) {
  RunConfig config;
  config.hindsight.replay_per_prompt = 1;
  json line = Line(0, 0, {"pass", "pass", "pass", "fail"});
  line["constraints"][1]["votes"] = {{"asked", 3u}, {"yes", 2u}};
  line["constraints"][2]["depends_on"] = {1u};
  const auto text = [&] {
    return Lines(HindsightLines(Parse({line}), config, 1, NoTokens).value())[0];
  };
  EXPECT_EQ(text()["kept_constraints"], json({0, 1, 2}));
  config.hindsight.vote_threshold = 0.7;
  EXPECT_EQ(text()["kept_constraints"], json::array({0}));
  EXPECT_EQ(text()["dropped_constraints"], json({1, 2, 3}));
  line["constraints"][1]["votes"]["yes"] = 4u;
  EXPECT_THAT(std::string(ParseScoredLine(line).status().message()), HasSubstr("4 of yes"));
  line["constraints"][1]["votes"]["yes"] = 3u;
  line["constraints"][1]["depends_on"] = {2u};
  EXPECT_THAT(std::string(ParseScoredLine(line).status().message()), HasSubstr("circle"));
}

TEST(HindsightLines, CountTheTasksThatWereAbandoned) {
  RunConfig config;
  config.hindsight.replay_per_prompt = 1;
  std::vector<json> lines = {Line(0, 0, {"pass", "fail"}), Line(0, 1, {"pass", "fail"}),
                             Line(0, 2, {"pass", "fail"})};
  EXPECT_EQ(Lines(HindsightLines(Parse(lines), config, 1, NoTokens).value()).size(), 2u);
  for (json& line : lines) line["step_tasks"] = 2u;
  const auto output = Lines(HindsightLines(Parse(lines), config, 1, NoTokens).value());
  ASSERT_EQ(output.size(), 3u);
  EXPECT_EQ(output[2]["instructions"], 2);
  lines[1]["step_tasks"] = 3u;
  EXPECT_THAT(std::string(HindsightLines(Parse(lines), config, 1, NoTokens).status().message()),
              HasSubstr("\"step_tasks\" of sample 0/1 is 3"));
}

TEST(HindsightLines, LeaveOutTheGroupsThatDynamicSamplingLeftOut) {
  RunConfig config;
  config.rollout.train_batch_size = 1;
  config.rollout.max_resampled_groups = 2;
  config.hindsight.replay_per_prompt = 1;
  std::vector<json> lines = {Line(1, 0, {"pass", "fail"}), Line(1, 1, {"pass", "pass"}),
                             Line(0, 0, {"pass", "fail"}), Line(0, 1, {"fail", "pass"})};
  for (json& line : lines) line["step_tasks"] = 3u;  // One was abandoned.
  lines[2]["left_out"] = lines[3]["left_out"] = "equal_rewards";
  const auto output = Lines(HindsightLines(Parse(lines), config, 1, NoTokens).value());
  ASSERT_EQ(output.size(), 2u);
  EXPECT_EQ(output[0]["task"], 1);
  EXPECT_EQ(output[1]["responses"], 2);
  EXPECT_EQ(output[1]["left_out_groups"], 1);
  EXPECT_EQ(output[1]["requested"], 1);
  EXPECT_EQ(output[1]["instructions"], 1);
}

TEST(HindsightLines, TakeAnEntropyThatRoundingLeftBelowZero) {
  json line = Line(0, 0, {"pass", "fail"});
  line["entropy_mean_nats"] = -1e-7;
  EXPECT_EQ(Lines(HindsightLines(Parse({line}), {}, 1, NoTokens).value()).size(), 2u);
}

TEST(HindsightLines, RefuseTwoInstructionsOfOneTask) {
  json other = Line(0, 1, {"pass", "fail"});
  other["question"] = "How?";
  const auto lines = Parse({Line(0, 0, {"pass", "fail"}), other});
  EXPECT_THAT(std::string(HindsightLines(lines, {}, 1, NoTokens).status().message()),
              HasSubstr("sample 0/1 has another question"));
}

TEST(HindsightLines, RefusesAResponseThatIsThereTwice) {
  const ScoredLine line = ParseScoredLine(Line(0, 0, {"pass", "fail"})).value();
  EXPECT_THAT(std::string(HindsightLines({line, line}, {}, 1, NoTokens).status().message()),
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

}  // namespace
}  // namespace hir
