// Compares returns, advantages, loss, gradient and ratios with recorded cases of the objective.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "hir/objective/policy_loss.h"
#include "hir/objective/returns.h"
#include "hir/objective/whitening.h"
#include "nlohmann/json.hpp"
#include "tests/parity/parity_folder.h"

namespace hir {
namespace {

using Json = nlohmann::json;

std::vector<Json> ReadCases(const std::string& path) {
  std::ifstream file(path);
  std::vector<Json> cases;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) cases.push_back(Json::parse(line));
  }
  return cases;
}

// One case as flat tensors of `type`.
struct Batch {
  at::Tensor new_logp, old_logp, ref_logp;
  at::Tensor replayed;  // bool [tokens]
  std::vector<int64_t> lengths;
  std::vector<double> rewards;
};

Batch MakeBatch(const Json& sequences, at::ScalarType type) {
  Batch batch;
  std::vector<double> new_logp, old_logp, ref_logp, replayed;
  const auto append = [](std::vector<double>& to, const Json& from) {
    for (const auto& value : from) to.push_back(value.get<double>());
  };
  for (const auto& row : sequences) {
    append(new_logp, row.at("new_logp"));
    append(old_logp, row.at("old_logp"));
    append(ref_logp, row.at("ref_logp"));
    batch.lengths.push_back(row.at("new_logp").size());
    batch.rewards.push_back(row.at("reward").get<double>());
    replayed.resize(new_logp.size(), row.at("replayed").get<bool>() ? 1 : 0);
  }
  batch.new_logp = at::tensor(new_logp, type).requires_grad_();
  batch.old_logp = at::tensor(old_logp, type);
  batch.ref_logp = at::tensor(ref_logp, type);
  batch.replayed = at::tensor(replayed, at::kDouble) > 0;
  return batch;
}

// Compares values with an absolute tolerance, relative above 1, and keeps the first difference.
class Comparison {
 public:
  explicit Comparison(double tolerance) : tolerance_(tolerance) {}

  void Check(const std::string& name, double actual, double expected) {
    if (std::abs(actual - expected) <= tolerance_ * std::max(1.0, std::abs(expected))) return;
    if (difference_.empty()) {
      difference_ =
          name + ": " + std::to_string(actual) + " instead of " + std::to_string(expected);
    }
  }

  // `expected`: rows of numbers, flattened.
  void Check(const std::string& name, const at::Tensor& actual, const Json& expected) {
    const at::Tensor flat = actual.detach().to(at::kDouble).contiguous();
    int64_t i = 0;
    for (const auto& row : expected) {
      for (const auto& value : row) {
        Check(name + "[" + std::to_string(i) + "]", flat[i].item<double>(), value.get<double>());
        ++i;
      }
    }
    Check(name + " size", flat.numel(), i);
  }

  // Ratio mean and clip fraction of the tokens in `mask`; both are null if there are none.
  void CheckOrigin(const std::string& name, const PolicyLoss& loss, const at::Tensor& mask,
                   const Json& expected) {
    const double tokens = mask.sum().item<double>();
    Check(name + " tokens", tokens, expected.at("tokens").get<double>());
    if (tokens == 0) return;
    Check(name + " ratio_mean",
          loss.ratio.masked_select(mask).to(at::kDouble).mean().item<double>(),
          expected.at("ratio_mean").get<double>());
    Check(name + " clip_fraction", loss.clipped.masked_select(mask).sum().item<double>() / tokens,
          expected.at("clip_fraction").get<double>());
  }

  const std::string& difference() const { return difference_; }

 private:
  double tolerance_;
  std::string difference_;
};

// Returns what differs, or nothing.
std::string RunCase(const Json& json, at::ScalarType type, double tolerance) {
  const Json& settings = json.at("settings");
  const Json& expected = json.at("expected");
  const Batch batch = MakeBatch(json.at("sequences"), type);
  const auto returns = RewardToGo(batch.old_logp, batch.ref_logp, batch.lengths, batch.rewards,
                                  {.kl_coef = settings.at("beta"), .gamma = settings.at("gamma")});
  if (!returns.ok()) return std::string(returns.status().message());
  const at::Tensor advantages =
      *Whiten(*returns, [](at::Tensor&, const char*) { return absl::OkStatus(); });
  const Json& dual_clip = settings.at("dual_clip");
  const PolicyLoss loss =
      ComputePolicyLoss(batch.new_logp, batch.old_logp, advantages,
                        {.clip_ratio_low = settings.at("clip_low"),
                         .clip_ratio_high = settings.at("clip_high"),
                         .dual_clip = dual_clip.is_null() ? 0 : dual_clip.get<double>()});
  const at::Tensor mean = loss.sum / static_cast<double>(advantages.numel());
  mean.backward();

  Comparison comparison(tolerance);
  comparison.Check("returns", *returns, expected.at("returns"));
  comparison.Check("advantages", advantages, expected.at("advantages"));
  comparison.Check("loss", mean.item<double>(), expected.at("loss").get<double>());
  comparison.Check("grad_new_logp", batch.new_logp.grad(), expected.at("grad_new_logp"));
  comparison.CheckOrigin("original", loss, batch.replayed.logical_not(), expected.at("original"));
  comparison.CheckOrigin("replayed", loss, batch.replayed, expected.at("replayed"));
  return comparison.difference();
}

void ExpectAllAgree(at::ScalarType type, double tolerance) {
  const auto path = ParityPath("objective.jsonl");
  if (!path) return;
  const std::vector<Json> cases = ReadCases(*path);
  EXPECT_FALSE(cases.empty()) << *path;
  size_t agree = 0;
  for (const Json& json : cases) {
    const std::string difference = RunCase(json, type, tolerance);
    EXPECT_EQ(difference, "") << json.at("case");
    agree += difference.empty();
  }
  std::cout << "objective.jsonl " << at::toString(type) << ": " << agree << "/" << cases.size()
            << " agree\n";
}

TEST(ObjectiveParity, AgreesInDouble) { ExpectAllAgree(at::kDouble, 1e-9); }

TEST(ObjectiveParity, AgreesInFloat) { ExpectAllAgree(at::kFloat, 1e-4); }

}  // namespace
}  // namespace hir
