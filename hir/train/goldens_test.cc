// Compares rewards, advantages, losses, gradients and entropies with the cases that
// tools/goldens/objective.py wrote: 1e-9 in float64, 1e-4 in float32.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "hir/config/schema.h"
#include "hir/domain/reward.h"
#include "hir/model/log_probs.h"
#include "hir/objective/aggregation.h"
#include "hir/objective/importance.h"
#include "hir/objective/update_loss.h"
#include "hir/train/advantages.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using Json = nlohmann::json;

std::vector<Json> CasesOfKind(const std::string& kind) {
  std::ifstream file(HIR_SOURCE_DIR "/tests/fixtures/objective/goldens.jsonl");
  std::vector<Json> cases;
  for (std::string line; std::getline(file, line);) {
    Json parsed = Json::parse(line);
    if (parsed.at("kind") == kind) cases.push_back(std::move(parsed));
  }
  EXPECT_FALSE(cases.empty()) << kind;
  return cases;
}

void Append(const Json& lists, std::vector<double>& values) {
  if (lists.is_number()) return values.push_back(lists.get<double>());
  for (const Json& entry : lists) Append(entry, values);
}

// The numbers of nested lists, one after the other.
at::Tensor Flat(const Json& lists, at::ScalarType type = at::kDouble) {
  std::vector<double> values;
  Append(lists, values);
  return at::tensor(values, at::kDouble).to(type);
}

// Relative above 1.
void ExpectNear(const at::Tensor& actual, const Json& lists, double tolerance, const char* what) {
  const at::Tensor expected = Flat(lists);
  const at::Tensor values = actual.detach().to(at::kDouble).reshape({-1});
  ASSERT_EQ(values.numel(), expected.numel()) << what;
  const at::Tensor error = (values - expected).abs() / expected.abs().clamp_min(1);
  EXPECT_LE(error.max().item<double>(), tolerance) << what;
}

RunConfig ConfigOf(const Json& settings) {
  RunConfig config;
  for (const auto& [key, value] : settings.items()) {
    const std::string section = key == "max_response_tokens" ? "rollout." : "objective.";
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    EXPECT_EQ(ApplyOverride(config, section + key + "=" + text), absl::OkStatus());
  }
  return config;
}

// The included rows of a case, as one update of one process.
struct Update {
  std::vector<TrainingSample> samples;
  std::vector<RowFacts> facts;  // Of all rows.
  std::vector<int64_t> lengths;
  std::vector<Json> rows;  // Included ones.

  at::Tensor Field(const char* name, at::ScalarType type) const {
    Json lists = Json::array();
    for (const Json& row : rows) lists.push_back(row.at(name));
    return Flat(lists, type);
  }
};

Update UpdateOf(const Json& rows) {
  Update update;
  for (const Json& row : rows) {
    TrainingSample sample;
    sample.row = static_cast<uint32_t>(update.facts.size());
    sample.task = row.at("task");
    sample.replayed = row.at("replayed");
    sample.included = row.at("included");
    sample.reward = row.at("reward");
    sample.tokens.resize(row.at("old").size());
    update.facts.push_back({.task = sample.task,
                            .replayed = sample.replayed,
                            .included = sample.included,
                            .reward = sample.reward,
                            .response_tokens = static_cast<int64_t>(sample.tokens.size())});
    if (!sample.included) continue;
    update.lengths.push_back(static_cast<int64_t>(sample.tokens.size()));
    update.samples.push_back(std::move(sample));
    update.rows.push_back(row);
  }
  return update;
}

void ExpectAgrees(const Json& golden, at::ScalarType type, double tolerance) {
  const RunConfig config = ConfigOf(golden.at("settings"));
  const ObjectiveConfig& objective = config.objective;
  const Json& expected = golden.at("expected");
  const Update update = UpdateOf(golden.at("rows"));
  const at::Tensor reference = update.Field("ref", type);
  const auto group = MakeSingleProcessGroup();
  const auto advantages = ComputeAdvantages(update.samples, update.facts, update.Field("old", type),
                                            reference, objective, *group);
  ASSERT_TRUE(advantages.ok()) << advantages.status();
  ExpectNear(*advantages, expected.at("advantages"), tolerance, "advantages");

  const at::Tensor lengths = at::tensor(update.lengths, at::kLong);
  UpdateTokens tokens{.new_logp = update.Field("new", type).requires_grad_(),
                      .entropies = {},
                      .old_logp = update.Field("old", type),
                      .advantages = *advantages,
                      .importance_weights = {},
                      .reference_logp = {},
                      .lengths = lengths};
  if (objective.kl_in == KlIn::kLoss) tokens.reference_logp = reference;
  if (objective.importance_cap > 0) {
    const bool whole_rows = objective.importance_level == ImportanceLevel::kSequence;
    tokens.importance_weights =
        TruncatedImportanceWeights(update.Field("learner", type), update.Field("rollout", type),
                                   objective.importance_cap, whole_rows ? lengths : at::Tensor())
            .weights;
  }
  const UpdateLoss loss = ComputeUpdateLoss(tokens, objective);
  const RowRange all{0, update.facts.size()};
  const at::Tensor mean =
      loss.sum / AggregationDivisor(objective.aggregation,
                                    {.tokens = CountTokens(update.facts, all),
                                     .rows = CountRows(update.facts, all),
                                     .max_response_tokens = config.rollout.max_response_tokens});
  mean.backward();
  ExpectNear(mean, Json::array({expected.at("loss")}), tolerance, "loss");
  ExpectNear(tokens.new_logp.grad(), expected.at("gradient"), tolerance, "gradient");
  EXPECT_EQ(loss.policy.clipped.sum().item<int64_t>(), expected.at("clipped"));
}

TEST(Goldens, ObjectivesAgree) {
  for (const Json& golden : CasesOfKind("objective")) {
    SCOPED_TRACE(golden.at("case").get<std::string>() + golden.at("settings").dump());
    ExpectAgrees(golden, at::kDouble, 1e-9);
    ExpectAgrees(golden, at::kFloat, 1e-4);
  }
}

TEST(Goldens, RewardsAgree) {
  for (const Json& golden : CasesOfKind("reward")) {
    SCOPED_TRACE(golden.at("case").get<std::string>());
    const RunConfig config = ConfigOf(golden.at("settings"));
    for (const Json& response : golden.at("responses")) {
      std::vector<Verdict> verdicts;
      for (const char letter : response.at("verdicts").get<std::string>()) {
        verdicts.push_back(letter == 'p'   ? Verdict::kPass
                           : letter == 'f' ? Verdict::kFail
                                           : Verdict::kUndecidable);
      }
      const auto [reward, penalty, masked] =
          TrainingRewardOf(verdicts,
                           {.tokens = response.at("tokens"),
                            .limit = config.rollout.max_response_tokens,
                            .truncated = response.at("truncated")},
                           config.objective.reward);
      EXPECT_EQ(masked, response.at("masked"));
      ASSERT_EQ(reward.has_value(), !response.at("reward").is_null()) << response;
      if (!reward) continue;
      EXPECT_NEAR(*reward, response.at("reward").get<double>(), 1e-9) << response;
    }
  }
}

TEST(Goldens, EntropiesAndTheirGradientsAgree) {
  for (const Json& golden : CasesOfKind("entropy")) {
    SCOPED_TRACE(golden.at("case").get<std::string>());
    const Json& expected = golden.at("expected");
    const int64_t rows = golden.at("hidden").size();
    const at::Tensor targets = Flat(golden.at("targets")).to(at::kLong);
    for (const auto& [type, tolerance] : {std::pair(at::kDouble, 1e-9), {at::kFloat, 1e-4}}) {
      const auto matrix = [&, type = type](const char* name) {
        const int64_t width = golden.at(name).at(0).size();
        return Flat(golden.at(name), type).view({-1, width}).detach().requires_grad_();
      };
      const at::Tensor hidden = matrix("hidden"), head = matrix("head");
      // Chunks of two rows: the last one is smaller.
      const TokenScores scores =
          TokenLogProbsAndEntropies(hidden, head, targets, golden.at("temperature"), 2);
      ASSERT_EQ(scores.entropies.numel(), rows);
      (Flat(golden.at("a"), type) * scores.log_probs +
       Flat(golden.at("b"), type) * scores.entropies)
          .sum()
          .backward();
      ExpectNear(scores.log_probs, expected.at("log_probs"), tolerance, "log_probs");
      ExpectNear(scores.entropies, expected.at("entropies"), tolerance, "entropies");
      ExpectNear(hidden.grad(), expected.at("hidden_gradient"), tolerance, "hidden");
      ExpectNear(head.grad(), expected.at("head_gradient"), tolerance, "head");
    }
  }
}

}  // namespace
}  // namespace hir
