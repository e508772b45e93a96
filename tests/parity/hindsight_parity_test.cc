// Repeats recorded cases of an independent implementation of selection and rewriting and requires
// the same lambda, verdict summaries, picks, scores and texts from hir/hindsight.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/domain/reward.h"
#include "hir/hindsight/rewriter.h"
#include "hir/hindsight/selector.h"
#include "nlohmann/json.hpp"
#include "tests/parity/parity_folder.h"

namespace hir {
namespace {

using nlohmann::json;

bool Close(double actual, double expected) {
  return std::abs(actual - expected) <= 1e-9 * std::max(1.0, std::abs(expected));
}

SelectionSettings ReadSettings(const json& settings, int instructions) {
  SelectionSettings result;
  result.hindsight.mode = FromWord<SelectionMode>(settings.at("mode").get<std::string>()).value();
  result.hindsight.scope =
      FromWord<SelectionScope>(settings.at("scope").get<std::string>()).value();
  result.hindsight.entropy =
      FromWord<EntropyReduction>(settings.at("entropy").get<std::string>()).value();
  result.hindsight.replay_per_prompt = settings.at("k");
  result.instructions = instructions;
  result.hindsight.initial_weight = settings.at("lambda_0");
  result.hindsight.weight_growth = settings.at("eta");
  result.hindsight.max_weight = settings.at("lambda_max").is_null()
                                    ? std::numeric_limits<double>::infinity()
                                    : settings.at("lambda_max").get<double>();
  result.seed = settings.value("seed", uint64_t{0});
  return result;
}

ScoredResponse ReadResponse(const json& response) {
  ScoredResponse scored;
  scored.id = {response.at("task"), response.at("sample")};
  scored.tokens = response.at("tokens");
  scored.entropy_mean = response.at("entropy_mean_nats");
  for (const json& verdict : response.at("verdicts")) {
    scored.verdicts.push_back(ParseVerdict(verdict.get<std::string>()).value());
  }
  return scored;
}

Instruction ReadInstruction(const json& record) {
  Instruction instruction = {.question = record.at("question"),
                             .layout = ParseLayout(record.at("layout").get<int>()).value()};
  for (const json& text : record.at("constraints"))
    instruction.constraints.push_back({.text = text});
  return instruction;
}

// Returns "" or what differs.
std::string CompareVerdicts(const std::vector<ScoredResponse>& pool, const json& expected) {
  for (const ScoredResponse& scored : pool) {
    const std::string name = absl::StrCat(scored.id.task, "/", scored.id.sample);
    if (!Close(ConstraintAccuracy(scored.verdicts), expected.at("cla").at(name))) {
      return absl::StrCat("CLA of ", name);
    }
    const std::optional<int> reward = RewardOf(scored.verdicts);
    const json ila = reward.has_value() ? json(*reward) : json();
    if (ila != expected.at("ila").at(name)) return absl::StrCat("ILA of ", name);
  }
  return "";
}

std::string ComparePick(const ScoredResponse& scored, const Candidate& candidate,
                        const json& instruction, const json& expected) {
  const std::string name = absl::StrCat(scored.id.task, "/", scored.id.sample);
  if (scored.id.task != expected.at("task") || scored.id.sample != expected.at("sample")) {
    return absl::StrCat("picked ", name, " where ", expected.dump(), " was expected");
  }
  if (!Close(candidate.score.total, expected.at("score"))) return absl::StrCat("score of ", name);
  const std::vector<size_t> kept = PartConstraints(scored, 0).kept;
  if (json(kept) != expected.at("kept")) return absl::StrCat("kept constraints of ", name);
  const auto text = RewriteInstruction(ReadInstruction(instruction), kept);
  return *text == expected.at("prompt").get<std::string>() ? "" : absl::StrCat("text of ", name);
}

std::string CompareCase(const json& record) {
  std::map<uint64_t, json> instructions;
  for (const json& instruction : record.at("instructions")) {
    instructions[instruction.at("task")] = instruction;
  }
  std::vector<ScoredResponse> pool;
  for (const json& response : record.at("responses")) pool.push_back(ReadResponse(response));
  const json& expected = record.at("expected");
  const SelectionSettings settings =
      ReadSettings(record.at("settings"), static_cast<int>(instructions.size()));
  const Selection selection =
      SelectForReplay(pool, settings, record.at("settings").at("step")).value();
  if (std::string difference = CompareVerdicts(pool, expected); !difference.empty()) {
    return difference;
  }
  if (!Close(selection.lambda, expected.at("lambda"))) return "lambda";
  if (selection.eligible != expected.at("eligible")) return "eligible";
  if (selection.requested != expected.at("requested")) return "requested";
  if (selection.picked.size() != expected.at("selected").size()) return "number picked";
  // A random draw has no single right answer; the numbers of eligible and picked samples are
  // checked above.
  if (settings.hindsight.mode == SelectionMode::kRandom) return "";
  for (size_t i = 0; i < selection.picked.size(); ++i) {
    const ScoredResponse& scored = pool[selection.picked[i].index];
    std::string difference = ComparePick(
        scored, selection.picked[i], instructions.at(scored.id.task), expected.at("selected")[i]);
    if (!difference.empty()) return difference;
  }
  return "";
}

TEST(HindsightParity, AgreesWithTheRecordedCases) {
  const auto path = ParityPath("hindsight.jsonl");
  if (!path) return;
  std::ifstream file(*path);
  int total = 0, agree = 0;
  for (std::string line; std::getline(file, line);) {
    const json record = json::parse(line);
    const std::string difference = CompareCase(record);
    ++total;
    agree += difference.empty() ? 1 : 0;
    EXPECT_EQ(difference, "") << record.at("case");
  }
  std::cout << "hindsight parity: " << agree << "/" << total << " cases agree\n";
  EXPECT_GT(total, 0);
}

}  // namespace
}  // namespace hir
