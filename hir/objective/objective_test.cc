#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "hir/objective/aggregation.h"
#include "hir/objective/group_advantages.h"
#include "hir/objective/importance.h"
#include "hir/objective/kl.h"
#include "hir/objective/policy_loss.h"
#include "hir/objective/returns.h"
#include "hir/objective/whitening.h"

namespace hir {
namespace {

at::Tensor Values(const std::vector<double>& values) {
  return at::tensor(values, at::TensorOptions(at::kDouble));
}

std::vector<double> ToVector(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kDouble).contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

// Numbers between -4 and 4 in steps of a thousandth: log-probabilities and returns of tests.
rc::Gen<double> Moderate() {
  return rc::gen::map(rc::gen::inRange(-4000, 4001), [](int n) { return n / 1000.0; });
}

std::vector<double> ModerateVector(size_t size) {
  return *rc::gen::container<std::vector<double>>(size, Moderate());
}

TEST(RewardToGo, GivesEveryTokenTheRowsRewardWithoutDiscountOrKl) {
  const auto returns = RewardToGo(Values({-1, -2, -3}), {}, {1, 2}, {1, 0}, {});
  ASSERT_TRUE(returns.ok()) << returns.status();
  EXPECT_EQ(ToVector(*returns), (std::vector<double>{1, 0, 0}));
}

TEST(RewardToGo, DiscountsTowardsTheStart) {
  const auto returns = RewardToGo(Values({-1, -1, -1}), {}, {3}, {1}, {.gamma = 0.5});
  ASSERT_TRUE(returns.ok()) << returns.status();
  EXPECT_EQ(ToVector(*returns), (std::vector<double>{0.25, 0.5, 1}));
}

TEST(RewardToGo, PaysForDistanceFromTheReference) {
  const auto returns = RewardToGo(Values({-1, -2}), Values({-2, -2}), {2}, {1}, {.kl_coef = 0.1});
  ASSERT_TRUE(returns.ok()) << returns.status();
  EXPECT_NEAR(ToVector(*returns)[0], 0.9, 1e-15);
  EXPECT_NEAR(ToVector(*returns)[1], 1.0, 1e-15);
}

TEST(RewardToGo, RefusesWhatDoesNotFit) {
  EXPECT_EQ(RewardToGo(Values({-1}), {}, {2}, {1}, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RewardToGo(Values({-1}), {}, {1}, {1, 0}, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RewardToGo(Values({-1}), {}, {1, 0}, {1, 0}, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RewardToGo(Values({-1}), {}, {1}, {1}, {.kl_coef = 0.1}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

RC_GTEST_PROP(RewardToGo, KeepsRowsApart, ()) {
  const auto first = ModerateVector(*rc::gen::inRange<size_t>(1, 9));
  const auto second = ModerateVector(*rc::gen::inRange<size_t>(1, 9));
  const ReturnOptions options{.kl_coef = 0.1, .gamma = 0.9};
  const at::Tensor reference = Values(ModerateVector(first.size() + second.size()));
  const auto length = [](const auto& row) { return static_cast<int64_t>(row.size()); };
  const auto both = RewardToGo(at::cat({Values(first), Values(second)}), reference,
                               {length(first), length(second)}, {1, 0}, options);
  const auto one = RewardToGo(Values(first), reference.slice(0, 0, length(first)), {length(first)},
                              {1}, options);
  RC_ASSERT(both.ok() && one.ok());
  RC_ASSERT(both->slice(0, 0, length(first)).equal(*one));
}

// Of a whole batch in one process.
at::Tensor WhitenAlone(const at::Tensor& returns) {
  return *Whiten(returns, [](at::Tensor&, const char*) { return absl::OkStatus(); });
}

TEST(Whiten, LeavesEqualReturnsAtZero) {
  EXPECT_EQ(ToVector(WhitenAlone(at::full({5}, 1.0, at::kDouble))), std::vector<double>(5, 0.0));
}

TEST(Whiten, GivesASingleTokenZero) {
  EXPECT_EQ(ToVector(WhitenAlone(Values({0.7}))), std::vector<double>{0.0});
}

TEST(Whiten, PassesOnThatTheOtherProcessesAreGone) {
  const auto gone = [](at::Tensor&, const char* what) { return absl::UnavailableError(what); };
  EXPECT_EQ(Whiten(Values({0.7}), gone).status(), absl::UnavailableError("sum of the returns"));
}

RC_GTEST_PROP(Whiten, HasZeroMeanAndUnitVariance, ()) {
  auto values = ModerateVector(*rc::gen::inRange<size_t>(3, 40));
  values[0] = 5;  // Never all equal.
  const at::Tensor white = WhitenAlone(Values(values));
  RC_ASSERT(std::abs(white.mean().item<double>()) < 1e-9);
  RC_ASSERT(std::abs(white.var().item<double>() - 1) < 1e-4);
}

// Adding up the parts of two processes gives what one process computes.
RC_GTEST_PROP(Whiten, IsTheSameFromTwoShards, ()) {
  const at::Tensor all = Values(ModerateVector(*rc::gen::inRange<size_t>(3, 40)));
  const int64_t cut = *rc::gen::inRange<int64_t>(0, all.numel() + 1);
  const at::Tensor left = all.slice(0, 0, cut);
  const at::Tensor right = all.slice(0, cut);
  // What the process with the right part adds to each of the two sums.
  std::vector<at::Tensor> others = {
      at::tensor({static_cast<double>(right.numel()), right.sum().item<double>()}, at::kDouble),
      (right - all.mean()).square().sum().reshape({1})};
  size_t calls = 0;
  const auto add = [&](at::Tensor& values, const char*) {
    values += others[calls++];
    return absl::OkStatus();
  };
  RC_ASSERT(at::allclose(*Whiten(left, add), WhitenAlone(all).slice(0, 0, cut), 1e-9, 1e-9));
}

constexpr PolicyLossOptions kNoDualClip = {
    .clip_ratio_low = 0.2, .clip_ratio_high = 0.2, .dual_clip = 0};

TEST(PolicyLoss, IsMinusTheAdvantageAtRatioOne) {
  const at::Tensor logp = Values({-1, -2, -0.5});
  const PolicyLoss loss = ComputePolicyLoss(logp, logp, Values({1, -2, 0.5}), kNoDualClip);
  EXPECT_DOUBLE_EQ(loss.sum.item<double>(), 0.5);
  EXPECT_FALSE(loss.clipped.any().item<bool>());
}

TEST(PolicyLoss, StopsRewardingARatioAboveTheUpperBound) {
  const at::Tensor new_logp = Values({std::log(1.5)}).requires_grad_();
  const PolicyLoss loss =
      ComputePolicyLoss(new_logp, Values({0}), Values({2}),
                        {.clip_ratio_low = 0.2, .clip_ratio_high = 0.28, .dual_clip = 0});
  loss.sum.backward();
  EXPECT_NEAR(loss.sum.item<double>(), -2.56, 1e-12);
  EXPECT_EQ(new_logp.grad().item<double>(), 0);
  EXPECT_TRUE(loss.clipped.item<bool>());
}

TEST(PolicyLoss, BoundsTheLossOfABadTokenThatBecameLikely) {
  const at::Tensor new_logp = Values({2}).requires_grad_();
  const PolicyLoss loss =
      ComputePolicyLoss(new_logp, Values({0}), Values({-1}),
                        {.clip_ratio_low = 0.2, .clip_ratio_high = 0.2, .dual_clip = 3});
  loss.sum.backward();
  EXPECT_DOUBLE_EQ(loss.sum.item<double>(), 3);
  EXPECT_EQ(new_logp.grad().item<double>(), 0);
  EXPECT_TRUE(loss.dual_clipped.item<bool>());
}

TEST(PolicyLoss, ClampsTheLogRatioAtTwenty) {
  const PolicyLoss loss =
      ComputePolicyLoss(Values({-1, -90}), Values({-60, -1}), Values({1, 1}), kNoDualClip);
  EXPECT_DOUBLE_EQ(loss.ratio[0].item<double>(), std::exp(20.0));
  EXPECT_DOUBLE_EQ(loss.ratio[1].item<double>(), std::exp(-20.0));
}

// Oracle: the definition, one token at a time, in plain C++.
double LossOfToken(double log_ratio, double advantage, const PolicyLossOptions& options) {
  const double ratio = std::exp(log_ratio);
  const double bounded = std::clamp(ratio, 1 - options.clip_ratio_low, 1 + options.clip_ratio_high);
  const double loss = std::max(-advantage * ratio, -advantage * bounded);
  return advantage < 0 ? std::min(loss, -advantage * options.dual_clip) : loss;
}

RC_GTEST_PROP(PolicyLoss, SumsTheDefinitionOverTokens, ()) {
  const size_t tokens = *rc::gen::inRange<size_t>(1, 20);
  const auto new_logp = ModerateVector(tokens);
  const auto old_logp = ModerateVector(tokens);
  const auto advantages = ModerateVector(tokens);
  const PolicyLossOptions options{.clip_ratio_low = 0.2, .clip_ratio_high = 0.3, .dual_clip = 3};
  double expected = 0;
  for (size_t i = 0; i < tokens; ++i) {
    expected += LossOfToken(new_logp[i] - old_logp[i], advantages[i], options);
  }
  const PolicyLoss loss =
      ComputePolicyLoss(Values(new_logp), Values(old_logp), Values(advantages), options);
  RC_ASSERT(std::abs(loss.sum.item<double>() - expected) <= 1e-9 * (1 + std::abs(expected)));
}

TEST(ImportanceWeights, AreTheRatiosOfLearnerToRolloutUpToTheCap) {
  const ImportanceWeights importance = TruncatedImportanceWeights(
      Values({std::log(0.4), std::log(0.1), std::log(0.9)}),
      Values({std::log(0.2), std::log(0.2), std::log(0.3)}), /*cap=*/2.5);
  const std::vector<double> weights = ToVector(importance.weights);
  EXPECT_NEAR(weights[0], 2, 1e-12);
  EXPECT_NEAR(weights[1], 0.5, 1e-12);
  EXPECT_NEAR(weights[2], 2.5, 1e-12);
  EXPECT_EQ(ToVector(importance.capped), (std::vector<double>{0, 0, 1}));
}

TEST(ImportanceWeights, OfTokensThatOnePolicyHardlyKnowsAreFinite) {
  const ImportanceWeights importance =
      TruncatedImportanceWeights(Values({-1, -1e4}), Values({-1e4, -1}), /*cap=*/2);
  EXPECT_NEAR(importance.weights[0].item<double>(), 2, 1e-12);
  EXPECT_EQ(importance.weights[1].item<double>(), 0);
}

TEST(ImportanceWeights, AreConstantsOfTheLoss) {
  const at::Tensor learner = Values({-1, -2}).requires_grad_();
  EXPECT_FALSE(TruncatedImportanceWeights(learner, Values({-2, -1}), 2).weights.requires_grad());
}

TEST(ImportanceWeights, NeedOneShape) {
  EXPECT_THROW(TruncatedImportanceWeights(Values({-1}), Values({-1, -2}), 2), c10::Error);
  EXPECT_THROW(
      ComputePolicyLoss(Values({-1}), Values({-1}), Values({1}), kNoDualClip, Values({1, 1})),
      c10::Error);
}

// Calculated by hand: what each of the four kinds of token adds to loss and gradient.
TEST(PolicyLoss, WeighsEachTokenAfterAllClipping) {
  const at::Tensor old_logp = Values({std::log(0.4), std::log(0.4), std::log(0.4), 0});
  const at::Tensor new_logp =
      Values({std::log(0.5), std::log(0.2), std::log(0.4), 2}).requires_grad_();
  const PolicyLoss loss = ComputePolicyLoss(
      new_logp, old_logp, Values({2, -1, 3, -1}),
      {.clip_ratio_low = 0.2, .clip_ratio_high = 0.2, .dual_clip = 3}, Values({0.5, 2, 1.5, 2}));
  loss.sum.backward();
  // Clipped at 1.2: -2 * 1.2 * 0.5. Clipped at 0.8: 1 * 0.8 * 2. Not clipped: -3 * 1.5. Bounded by
  // the dual clip: 3 * 2.
  EXPECT_NEAR(loss.sum.item<double>(), -1.2 + 1.6 - 4.5 + 6, 1e-12);
  const std::vector<double> gradient = ToVector(new_logp.grad());
  EXPECT_EQ(gradient[0], 0);
  EXPECT_EQ(gradient[1], 0);
  EXPECT_NEAR(gradient[2], -4.5, 1e-12);
  EXPECT_EQ(gradient[3], 0);
  EXPECT_EQ(ToVector(loss.clipped), (std::vector<double>{1, 1, 0, 0}));
}

RC_GTEST_PROP(PolicyLoss, HasTheGradientOfEachTokenTimesItsWeight, ()) {
  const size_t tokens = *rc::gen::inRange<size_t>(1, 20);
  const std::vector<double> start = ModerateVector(tokens);
  const at::Tensor old_logp = Values(ModerateVector(tokens));
  const at::Tensor advantages = Values(ModerateVector(tokens));
  const at::Tensor weights =
      TruncatedImportanceWeights(old_logp, Values(ModerateVector(tokens)), 2).weights;
  const PolicyLossOptions options{.clip_ratio_low = 0.2, .clip_ratio_high = 0.3, .dual_clip = 3};
  const auto gradient = [&](const at::Tensor& importance_weights) {
    const at::Tensor new_logp = Values(start).requires_grad_();
    ComputePolicyLoss(new_logp, old_logp, advantages, options, importance_weights).sum.backward();
    return new_logp.grad();
  };
  RC_ASSERT(at::allclose(gradient(weights), gradient({}) * weights, 1e-12, 1e-12));
  RC_ASSERT(gradient(at::ones_like(weights)).equal(gradient({})));
}

constexpr AdvantageEstimator kGrouped[] = {AdvantageEstimator::kReinforcePlusPlusBaseline,
                                           AdvantageEstimator::kGrpo, AdvantageEstimator::kDrGrpo,
                                           AdvantageEstimator::kRloo, AdvantageEstimator::kMaxRl};

TEST(GroupAdvantages, OfEqualScoresAreZero) {
  for (const AdvantageEstimator estimator : kGrouped) {
    for (const double score : {0.0, 1.0}) {
      const std::vector<double> advantages =
          GroupAdvantages(std::vector<GroupedRow>(4, {.task = 7, .score = score}), estimator);
      EXPECT_EQ(advantages, std::vector<double>(4, 0.0)) << WordOf(estimator);
    }
  }
}

// By hand: mean 0.25, unbiased standard deviation 0.5.
TEST(GroupAdvantages, CompareARowWithItsGroup) {
  const std::vector<GroupedRow> rows = {{.score = 1}, {.score = 0}, {.score = 0}, {.score = 0}};
  const double expected[][2] = {{0.75, -0.25}, {1.5, -0.5}, {0.75, -0.25}, {1, -1 / 3.0}, {3, -1}};
  for (size_t i = 0; i < std::size(kGrouped); ++i) {
    const std::vector<double> advantages = GroupAdvantages(rows, kGrouped[i]);
    EXPECT_NEAR(advantages[0], expected[i][0], 1e-5) << WordOf(kGrouped[i]);
    EXPECT_NEAR(advantages[1], expected[i][1], 1e-5) << WordOf(kGrouped[i]);
  }
}

TEST(GroupAdvantages, KeepTasksApartAndLeaveOutExcludedRowsAndGroupsOfOne) {
  const std::vector<GroupedRow> rows = {{.task = 1, .score = 1},
                                        {.task = 2, .score = 1},
                                        {.task = 1, .score = 0},
                                        {.task = 1, .included = false, .score = 100}};
  EXPECT_EQ(GroupAdvantages(rows, AdvantageEstimator::kDrGrpo),
            (std::vector<double>{0.5, 0, -0.5, 0}));
}

// Where everything failed, replayed rows are all that is learnt from: their advantages are positive
// and finite.
TEST(GroupAdvantages, OfAReplayedRowAreAmongTheOriginalsOfItsTask) {
  const std::vector<GroupedRow> rows = {{.score = 0},
                                        {.replayed = true, .score = 1},
                                        {.score = 0},
                                        {.replayed = true, .score = 1},
                                        {.score = 0}};
  // The group of a replayed row is {1, 0, 0, 0}.
  const double expected[] = {0.75, 1.5, 0.75, 1, 3};
  for (size_t i = 0; i < std::size(kGrouped); ++i) {
    const std::vector<double> advantages = GroupAdvantages(rows, kGrouped[i]);
    EXPECT_NEAR(advantages[1], expected[i], 1e-5) << WordOf(kGrouped[i]);
    EXPECT_EQ(advantages[3], advantages[1]);
    EXPECT_EQ(advantages[0], 0);
  }
}

RC_GTEST_PROP(GroupAdvantages, OfOriginalsAreTheSameWithAndWithoutReplay, ()) {
  std::vector<GroupedRow> originals, all;
  for (const double score : ModerateVector(*rc::gen::inRange<size_t>(1, 12))) {
    originals.push_back({.task = *rc::gen::inRange<uint64_t>(0, 3), .score = score});
    all.push_back(originals.back());
    all.push_back({.task = originals.back().task, .replayed = true, .score = *Moderate()});
  }
  for (const AdvantageEstimator estimator : kGrouped) {
    const std::vector<double> without = GroupAdvantages(originals, estimator);
    const std::vector<double> with = GroupAdvantages(all, estimator);
    for (size_t i = 0; i < without.size(); ++i) RC_ASSERT(with[2 * i] == without[i]);
  }
}

at::Tensor Lengths(const std::vector<int64_t>& lengths) { return at::tensor(lengths, at::kLong); }

TEST(PolicyLoss, OfGspoHasTheSequencesRatioAtEveryToken) {
  const at::Tensor new_logp = Values({-1, -2, -3}).requires_grad_();
  const PolicyLoss loss = ComputePolicyLoss(new_logp, Values({-1.2, -2, -3}), Values({1, 1, 2}),
                                            {.kind = PolicyLossKind::kGspo,
                                             .clip_ratio_low = 0.5,
                                             .clip_ratio_high = 0.5,
                                             .dual_clip = 0},
                                            {}, Lengths({2, 1}));
  loss.sum.backward();
  const double ratio = std::exp(0.1);
  EXPECT_NEAR(loss.sum.item<double>(), -2 * ratio - 2, 1e-12);
  EXPECT_NEAR(loss.ratio[1].item<double>(), ratio, 1e-12);
  const std::vector<double> gradient = ToVector(new_logp.grad());
  EXPECT_NEAR(gradient[0], -ratio, 1e-12);
  EXPECT_NEAR(gradient[1], -ratio, 1e-12);
  EXPECT_NEAR(gradient[2], -2, 1e-12);
}

// PPO drops such a token; CISPO keeps its gradient, at the weight of the bound.
TEST(PolicyLoss, OfCispoHasAGradientAtEveryToken) {
  const at::Tensor new_logp = Values({std::log(0.5)}).requires_grad_();
  const PolicyLoss loss = ComputePolicyLoss(new_logp, Values({std::log(0.25)}), Values({2}),
                                            {.kind = PolicyLossKind::kCispo,
                                             .clip_ratio_low = 1,
                                             .clip_ratio_high = 0.5,
                                             .dual_clip = 0});
  loss.sum.backward();
  EXPECT_NEAR(loss.sum.item<double>(), -2 * 1.5 * std::log(0.5), 1e-12);
  EXPECT_NEAR(new_logp.grad().item<double>(), -3, 1e-12);
  EXPECT_NEAR(loss.ratio.item<double>(), 2, 1e-12);
  EXPECT_TRUE(loss.clipped.item<bool>());
}

TEST(PolicyLoss, OfWholeRowsNeedsLengthsThatAddUp) {
  for (const at::Tensor& lengths : {at::Tensor(), Lengths({2})}) {
    EXPECT_THROW(ComputePolicyLoss(Values({-1}), Values({-1}), Values({1}),
                                   {.kind = PolicyLossKind::kGspo,
                                    .clip_ratio_low = 0.2,
                                    .clip_ratio_high = 0.2,
                                    .dual_clip = 0},
                                   {}, lengths),
                 c10::Error);
  }
}

TEST(Aggregation, DividesByTokensRowsOrTheLimit) {
  const UpdateSize size{.tokens = 30, .rows = 4, .max_response_tokens = 100};
  EXPECT_EQ(AggregationDivisor(LossAggregation::kTokenMean, size), 30);
  EXPECT_EQ(AggregationDivisor(LossAggregation::kSeqMeanTokenSum, size), 4);
  EXPECT_EQ(AggregationDivisor(LossAggregation::kSeqMeanTokenMean, size), 4);
  EXPECT_EQ(AggregationDivisor(LossAggregation::kSeqMeanTokenSumNorm, size), 400);
}

TEST(Aggregation, WeighsTokensOnlyForMeansOfRows) {
  EXPECT_EQ(ToVector(AggregationWeights(LossAggregation::kSeqMeanTokenMean, Lengths({1, 2}))),
            (std::vector<double>{1, 0.5, 0.5}));
  for (const LossAggregation aggregation :
       {LossAggregation::kTokenMean, LossAggregation::kSeqMeanTokenSum,
        LossAggregation::kSeqMeanTokenSumNorm}) {
    EXPECT_FALSE(AggregationWeights(aggregation, Lengths({1, 2})).defined());
  }
}

TEST(EstimateKl, IsSchulmans) {
  const at::Tensor policy = Values({std::log(0.5)}), reference = Values({std::log(0.25)});
  EXPECT_NEAR(EstimateKl(policy, reference, KlEstimator::kK1).item<double>(), std::log(2), 1e-12);
  EXPECT_NEAR(EstimateKl(policy, reference, KlEstimator::kK2).item<double>(),
              std::log(2) * std::log(2) / 2, 1e-12);
  EXPECT_NEAR(EstimateKl(policy, reference, KlEstimator::kK3).item<double>(), 0.5 - 1 + std::log(2),
              1e-12);
}

TEST(EstimateKl, OfK3IsFiniteWhereOnePolicyHardlyKnowsTheToken) {
  const double most = EstimateKl(Values({-1e4}), Values({-1}), KlEstimator::kK3).item<double>();
  EXPECT_NEAR(most, std::exp(kMaxLogRatio) - 1 - kMaxLogRatio, 1);
}

TEST(ImportanceWeights, OfWholeRowsAreTheProductsOverTheirTokens) {
  const ImportanceWeights importance = TruncatedImportanceWeights(
      Values({0.1, 0.2, -0.5, 3}), Values({0, 0, 0, 0}), /*cap=*/2, Lengths({2, 1, 1}));
  const std::vector<double> weights = ToVector(importance.weights);
  EXPECT_NEAR(weights[0], std::exp(0.3), 1e-12);
  EXPECT_NEAR(weights[1], std::exp(0.3), 1e-12);
  EXPECT_NEAR(weights[2], std::exp(-0.5), 1e-12);
  EXPECT_NEAR(weights[3], 2, 1e-12);
  EXPECT_EQ(ToVector(importance.capped), (std::vector<double>{0, 0, 0, 1}));
}

}  // namespace
}  // namespace hir
