#include "hir/train/policy_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/train/advantages.h"
#include "hir/train/tiny_batch.h"
#include "hir/train/training_state.h"

namespace hir {
namespace {

class PolicyTrainerTest : public ::testing::Test {
 protected:
  std::unique_ptr<PolicyTrainer> Make(const RunConfig& config,
                                      at::ScalarType type = at::kFloat) const {
    return std::make_unique<PolicyTrainer>(config, architecture_, weights_, type,
                                           MakeSingleProcessGroup());
  }

  // Gradients of the only update that `config` makes of `batch`.
  at::Tensor Gradients(const RunConfig& config, const TrainingBatch& batch,
                       at::ScalarType type = at::kFloat) const {
    const auto trainer = Make(config, type);
    const auto metrics = trainer->TrainStep(batch);
    EXPECT_TRUE(metrics.ok()) << metrics.status();
    return trainer->model().gradients().clone();
  }

  static double RelativeError(const at::Tensor& actual, const at::Tensor& expected) {
    return ((actual - expected).norm() / expected.norm()).item<double>();
  }

  // Old log-probabilities are the learner's.
  static RunConfig LearnerConfig(OldLogprobs prompt = OldLogprobs::kOriginal) {
    RunConfig config = TinyConfig();
    config.objective.old_logprobs_from = OldLogprobsFrom::kLearner;
    config.hindsight.old_logprobs = prompt;
    return config;
  }

  // The tiny batch as an engine recorded it that gives each token `factor` times the learner's
  // probability.
  TrainingBatch ScaledBatch(double factor) const {
    TrainingBatch batch = batch_;
    for (TrainingSample& sample : batch.samples) {
      for (float& logprob : sample.logprobs) logprob += static_cast<float>(std::log(factor));
    }
    return batch;
  }

  void ExpectGoesOnExactly(RunConfig config, const TrainingBatch& batch) const;

  const Architecture architecture_ = TinyArchitecture();
  const ModelWeights weights_ = RandomWeights(TinyArchitecture(), 3);
  const TrainingBatch batch_ = TinyBatch(architecture_, weights_);
};

double SumOfLogProbs(const PolicyTrainer& trainer, const TrainingSample& sample) {
  const Sequence sequence{.prompt = sample.prompt, .response = sample.tokens};
  return ScoreSequences({trainer.model().architecture(), trainer.model().compute()}, {sequence}, 1,
                        1000)
      ->sum()
      .item<double>();
}

TEST_F(PolicyTrainerTest, MakesRewardedResponsesLikelierAndOthersLessSo) {
  const auto trainer = Make(TinyConfig());
  const double good = SumOfLogProbs(*trainer, batch_.samples[2]);
  const double bad = SumOfLogProbs(*trainer, batch_.samples[3]);
  ASSERT_EQ(batch_.samples[2].reward, 1);
  ASSERT_EQ(batch_.samples[3].reward, 0);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(trainer->TrainStep(batch_).ok());
  EXPECT_GT(SumOfLogProbs(*trainer, batch_.samples[2]), good);
  EXPECT_LT(SumOfLogProbs(*trainer, batch_.samples[3]), bad);
}

TEST_F(PolicyTrainerTest, PacksTheScoresOfAFixedSequenceWithTheWeights) {
  const auto trainer = Make(TinyConfig());
  const WeightsProbe before = trainer->Pack()->probe;
  ASSERT_TRUE(trainer->TrainStep(batch_).ok());
  const WeightsProbe after = trainer->Pack()->probe;
  EXPECT_EQ(after.tokens, before.tokens);
  ASSERT_EQ(after.log_probabilities.size() + 1, after.tokens.size());
  TrainingSample sample;
  sample.prompt = {after.tokens[0]};
  sample.tokens.assign(after.tokens.begin() + 1, after.tokens.end());
  double sum = 0;
  for (const float value : after.log_probabilities) sum += value;
  EXPECT_NEAR(sum, SumOfLogProbs(*trainer, sample), 1e-3);
  EXPECT_NE(after.log_probabilities, before.log_probabilities);
}

TEST_F(PolicyTrainerTest, HasTheSameGradientsForEveryMicroBatchSize) {
  RunConfig config = TinyConfig();
  const at::Tensor whole = Gradients(config, batch_);
  for (const int tokens : {1, 12, 30}) {
    config.learner.max_tokens_per_micro_batch = tokens;
    EXPECT_LT(RelativeError(Gradients(config, batch_), whole), 1e-5) << tokens;
  }
}

// Losses over whole rows, and everything that a loss may have besides.
TEST_F(PolicyTrainerTest, HasTheSameGradientsOfEveryLossForEveryMicroBatchSize) {
  const std::pair<PolicyLossKind, LossAggregation> losses[] = {
      {PolicyLossKind::kPpo, LossAggregation::kSeqMeanTokenSum},
      {PolicyLossKind::kGspo, LossAggregation::kSeqMeanTokenMean},
      {PolicyLossKind::kCispo, LossAggregation::kSeqMeanTokenSumNorm}};
  const TrainingBatch batch = TinyMismatchedBatch(architecture_);
  for (const auto& [loss, aggregation] : losses) {
    RunConfig config = TinyGroupedConfig();
    config.objective.updates_per_step = 1;
    config.objective.loss = loss;
    config.objective.aggregation = aggregation;
    const at::Tensor whole = Gradients(config, batch);
    EXPECT_GT(whole.norm().item<double>(), 0);
    for (const int tokens : {1, 12}) {
      config.learner.max_tokens_per_micro_batch = tokens;
      EXPECT_LT(RelativeError(Gradients(config, batch), whole), 1e-5)
          << WordOf(loss) << " " << tokens;
    }
  }
}

TEST_F(PolicyTrainerTest, DividesTheLossOfAnUpdateAsItIsAggregated) {
  RunConfig config = TinyConfig();
  config.objective.aggregation = LossAggregation::kSeqMeanTokenSum;
  const at::Tensor sums = Gradients(config, batch_);
  config.objective.aggregation = LossAggregation::kSeqMeanTokenSumNorm;
  config.rollout.max_response_tokens = 50;
  EXPECT_LT(RelativeError(Gradients(config, batch_) * 50, sums), 1e-5);
  config.objective.aggregation = LossAggregation::kTokenMean;
  double tokens = 0;
  for (const TrainingSample& sample : batch_.samples) tokens += sample.tokens.size();
  EXPECT_LT(RelativeError(Gradients(config, batch_) * tokens / batch_.rows, sums), 1e-5);
}

TEST_F(PolicyTrainerTest, MakesItsPolicyMoreUncertainForAnEntropyBonus) {
  const auto entropy_after = [&](double coef) {
    RunConfig config = TinyConfig();
    config.objective.entropy_coef = coef;
    const auto trainer = Make(config);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(trainer->TrainStep(batch_).ok());
    const TrainingSample& sample = batch_.samples[2];
    const std::vector<Sequence> sequences{{.prompt = sample.prompt, .response = sample.tokens}};
    return MicroBatchScores({architecture_, trainer->model().compute()}, sequences,
                            PlanMicroBatches(sequences, 1000)[0], 1, {})
        ->entropies.mean()
        .item<double>();
  };
  EXPECT_GT(entropy_after(1), entropy_after(0) + 1e-4);
}

TEST_F(PolicyTrainerTest, StaysCloserToItsReferenceWithAPenaltyInTheLoss) {
  const auto distance_after = [&](double coef) {
    RunConfig config = TinyConfig();
    config.objective.kl_in = KlIn::kLoss;
    config.objective.kl_estimator = KlEstimator::kK3;
    config.objective.kl_coef = coef;
    const auto trainer = Make(config);
    StepMetrics last;
    for (int i = 0; i < 6; ++i) last = *trainer->TrainStep(batch_);
    EXPECT_GE(last.actor_kl_loss.value(), 0);
    return (trainer->model().master() - Make(config)->model().master()).norm().item<double>();
  };
  EXPECT_LT(distance_after(100), distance_after(1e-6));
}

// The penalty compares two policies, not two prompts: at first they are one.
TEST_F(PolicyTrainerTest, PaysNoPenaltyInTheLossWhileItIsItsReference) {
  RunConfig config = TinyConfig();
  config.objective.kl_in = KlIn::kLoss;
  config.objective.kl_estimator = KlEstimator::kK2;
  config.objective.kl_coef = 1;
  const auto metrics = Make(config)->TrainStep(batch_);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_NEAR(metrics->actor_kl_loss.value(), 0, 1e-8);
}

TEST_F(PolicyTrainerTest, RefreshesItsReferenceAfterEverySoManySteps) {
  RunConfig config = TinyConfig();
  config.objective.kl_coef = 0.01;
  config.objective.reference_refresh_steps = 2;
  config.objective.old_logprobs_from = OldLogprobsFrom::kLearner;
  const auto trainer = Make(config);
  TrainingBatch batch = batch_;
  std::vector<double> distances;
  for (batch.step = 1; batch.step <= 4; ++batch.step) {
    const auto metrics = trainer->TrainStep(batch);
    ASSERT_TRUE(metrics.ok()) << metrics.status();
    distances.push_back(std::abs(metrics->actor_kl.value()));
  }
  // Steps 1 and 3 begin with their reference.
  EXPECT_NEAR(distances[0], 0, 1e-5);
  EXPECT_GT(distances[1], 1e-4);
  EXPECT_NEAR(distances[2], 0, 1e-5);
  EXPECT_GT(distances[3], 1e-4);
}

TEST_F(PolicyTrainerTest, SkipsAnUpdateWhoseGroupsAreEqual) {
  RunConfig config = TinyConfig();
  config.objective.advantage = AdvantageEstimator::kGrpo;
  TrainingBatch batch = batch_;
  for (TrainingSample& sample : batch.samples) sample.reward = sample.task == 0 ? 1 : 0;
  std::erase_if(batch.samples, [](const TrainingSample& sample) { return sample.replayed; });
  const auto metrics = Make(config)->TrainStep(batch);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->training_skipped_updates.value(), 1);
}

TEST_F(PolicyTrainerTest, HasTheSameGradientsWithActivationCheckpointing) {
  RunConfig config = TinyConfig();
  const at::Tensor plain = Gradients(config, batch_);
  config.learner.activation_checkpointing = ActivationCheckpointing::kOn;
  EXPECT_LT(RelativeError(Gradients(config, batch_), plain), 1e-5);
}

// bfloat16 keeps 8 bits: the direction stays, the last digits don't.
TEST_F(PolicyTrainerTest, HasNearlyTheSameGradientsInBfloat16) {
  const at::Tensor exact = Gradients(TinyConfig(), batch_);
  const at::Tensor rounded = Gradients(TinyConfig(), batch_, at::kBFloat16);
  const double cosine = (exact.dot(rounded) / (exact.norm() * rounded.norm())).item<double>();
  EXPECT_GT(cosine, 0.99);
}

TEST_F(PolicyTrainerTest, SkipsAndCountsAnUpdateWhoseRewardsAreAllEqual) {
  TrainingBatch batch = batch_;
  for (TrainingSample& sample : batch.samples) sample.reward = 0;
  const auto trainer = Make(TinyConfig());
  const at::Tensor before = trainer->model().master().clone();
  const auto metrics = trainer->TrainStep(batch);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->training_skipped_updates.value(), 1);
  EXPECT_EQ(metrics->training_updates.value(), 0);
  EXPECT_LT(metrics->training_rollout_probs_diff_max.value(), 1e-5);
  EXPECT_TRUE(trainer->model().master().equal(before));
}

// Where all rewards are equal, an entropy bonus and a penalty in the loss still act.
TEST_F(PolicyTrainerTest, MakesUpdatesWhoseRewardsAreAllEqualForTheEntropyBonus) {
  TrainingBatch batch = batch_;
  for (TrainingSample& sample : batch.samples) sample.reward = 0;
  RunConfig config = TinyConfig();
  config.objective.entropy_coef = 0.1;
  const auto metrics = Make(config)->TrainStep(batch);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->training_skipped_updates.value(), 0);
  EXPECT_GT(metrics->actor_grad_norm.value(), 0);
}

TEST_F(PolicyTrainerTest, TrainsOnlyTheHalfThatHasSignal) {
  TrainingBatch batch = batch_;
  for (TrainingSample& sample : batch.samples) {
    if (sample.row < batch.rows / 2) sample.reward = 1;
  }
  RunConfig config = TinyConfig();
  config.objective.updates_per_step = 2;
  const auto metrics = Make(config)->TrainStep(batch);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->training_updates.value(), 1);
  EXPECT_EQ(metrics->training_skipped_updates.value(), 1);
  EXPECT_LE(metrics->timing_s_all_reduce.value(), metrics->timing_s_update_actor.value());
}

TEST_F(PolicyTrainerTest, LeavesExcludedRowsOutOfEverything) {
  TrainingBatch with = batch_;
  with.samples.push_back(batch_.samples[3]);
  with.samples.back().row = with.rows++;
  with.samples.back().included = false;
  EXPECT_LT(RelativeError(Gradients(TinyConfig(), with), Gradients(TinyConfig(), batch_)), 1e-6);
}

TEST_F(PolicyTrainerTest, FindsNoMismatchInItsOwnLogProbs) {
  const auto metrics = Make(TinyConfig())->TrainStep(batch_);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_LT(metrics->training_rollout_probs_diff_max.value(), 1e-5);
  EXPECT_NEAR(metrics->ratio_original_mean.value(), 1, 1e-5);
}

TEST_F(PolicyTrainerTest, MeasuresReplayedRowsAgainstTheirOldPromptUnlessTheyAreRewritten) {
  RunConfig config = TinyConfig();
  const auto original = Make(config)->TrainStep(batch_);
  config.hindsight.old_logprobs = OldLogprobs::kRewritten;
  const auto rewritten = Make(config)->TrainStep(batch_);
  ASSERT_TRUE(original.ok() && rewritten.ok());
  EXPECT_GT(std::abs(original->ratio_replayed_mean.value() - 1), 1e-3);
  EXPECT_NEAR(rewritten->ratio_replayed_mean.value(), 1, 1e-5);
}

TEST_F(PolicyTrainerTest, IsAtNoDistanceFromItsReferenceAtFirst) {
  RunConfig config = TinyConfig();
  config.objective.kl_coef = 0.1;
  const auto trainer = Make(config);
  const auto first = trainer->TrainStep(batch_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_NEAR(first->actor_kl.value(), 0, 1e-5);
}

// The recorded values come from a policy other than the reference, so that the KL term isn't zero.
TEST_F(PolicyTrainerTest, TakesTheReferenceUnderThePromptThatTheOldValuesBelongTo) {
  TrainingBatch batch = batch_;
  RecordLogProbs(architecture_, RandomWeights(architecture_, 4), batch.samples);
  RunConfig config = TinyConfig();
  config.objective.kl_coef = 1;
  for (const bool rewritten : {false, true}) {
    config.hindsight.old_logprobs = rewritten ? OldLogprobs::kRewritten : OldLogprobs::kOriginal;
    std::vector<at::Tensor> old, reference;
    for (const TrainingSample& sample : batch.samples) {
      const bool under_old_prompt = sample.replayed && !rewritten;
      const Sequence sequence{.prompt = under_old_prompt ? sample.original_prompt : sample.prompt,
                              .response = sample.tokens};
      reference.push_back(*ScoreSequences({architecture_, weights_}, {sequence}, 1, 1000));
      // The policy is still its reference.
      old.push_back(sample.replayed && rewritten ? reference.back()
                                                 : at::tensor(sample.logprobs, at::kFloat));
    }
    const auto group = MakeSingleProcessGroup();
    const at::Tensor expected =
        *ComputeAdvantages(batch.samples, *GatherRowFacts(batch.samples, batch.rows, *group),
                           at::cat(old), at::cat(reference), config.objective, *group);
    const auto metrics = Make(config)->TrainStep(batch);
    ASSERT_TRUE(metrics.ok()) << metrics.status();
    EXPECT_GT(std::abs(metrics->actor_kl.value()), 1e-3);
    EXPECT_NEAR(metrics->critic_advantages_max.value(), expected.max().item<double>(), 1e-4);
    EXPECT_NEAR(metrics->critic_advantages_min.value(), expected.min().item<double>(), 1e-4);
  }
}

// Only replayed rows, whose old values belong to another prompt, have ratios other than 1.
TEST_F(PolicyTrainerTest, CountsClippedTokensOfOriginalAndReplayedRowsApart) {
  RunConfig config = TinyConfig();
  config.objective.clip_ratio_low = config.objective.clip_ratio_high = 1e-4;
  const auto metrics = Make(config)->TrainStep(batch_);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->actor_pg_clipfrac_original.value(), 0);
  EXPECT_GT(metrics->actor_pg_clipfrac_replayed.value(), 0);
  EXPECT_LT(metrics->actor_pg_clipfrac.value(), metrics->actor_pg_clipfrac_replayed.value());
}

// With one engine for both, it does not matter who computes the old log-probabilities.
TEST_F(PolicyTrainerTest, HasTheGradientsOfRecordedLogProbsWhereTheLearnerAgrees) {
  const int micro_batches[] = {8, 30, 1000};
  for (const int seed : {0, 1, 2}) {
    const ModelWeights weights = RandomWeights(architecture_, 10 + seed);
    const TrainingBatch batch = TinyBatch(architecture_, weights);
    for (const OldLogprobs prompt : {OldLogprobs::kOriginal, OldLogprobs::kRewritten}) {
      RunConfig config = TinyConfig();
      config.objective.kl_coef = seed == 0 ? 0 : 0.1;
      config.objective.updates_per_step = 1 + seed % 2;
      config.hindsight.old_logprobs = prompt;
      config.learner.max_tokens_per_micro_batch = micro_batches[seed];
      config.optimizer.lr = 1e-5;  // The second update is of the first one's weights.
      const auto gradients = [&](OldLogprobsFrom from, double cap) {
        config.objective.old_logprobs_from = from;
        config.objective.importance_cap = cap;
        PolicyTrainer trainer(config, architecture_, weights, at::kFloat, MakeSingleProcessGroup());
        EXPECT_TRUE(trainer.TrainStep(batch).ok());
        return trainer.model().gradients().clone();
      };
      const at::Tensor recorded = gradients(OldLogprobsFrom::kRollout, 0);
      for (const double cap : {0.0, 2.0}) {
        EXPECT_LT(RelativeError(gradients(OldLogprobsFrom::kLearner, cap), recorded), 1e-4)
            << "seed " << seed << ", " << WordOf(prompt) << ", cap " << cap;
      }
    }
  }
}

TEST_F(PolicyTrainerTest, LooksOnlyAtItsOwnLogProbsIfTheyAreTheOldOnes) {
  for (const OldLogprobs prompt : {OldLogprobs::kOriginal, OldLogprobs::kRewritten}) {
    RunConfig recorded = TinyConfig();
    recorded.hindsight.old_logprobs = prompt;
    EXPECT_LT(RelativeError(Gradients(LearnerConfig(prompt), TinyMismatchedBatch(architecture_)),
                            Gradients(recorded, batch_)),
              1e-5);
  }
}

// A rewritten prompt is not in the weights: they compare two policies under one prompt.
TEST_F(PolicyTrainerTest, WeighsTokensByTheRatioToTheRolloutUpToTheCap) {
  for (const OldLogprobs prompt : {OldLogprobs::kOriginal, OldLogprobs::kRewritten}) {
    RunConfig config = LearnerConfig(prompt);
    const at::Tensor plain = Gradients(config, batch_);
    config.objective.importance_cap = 4;
    EXPECT_LT(RelativeError(Gradients(config, ScaledBatch(1 / 3.0)), 3 * plain), 1e-5);
    EXPECT_LT(RelativeError(Gradients(config, ScaledBatch(2)), plain / 2), 1e-5);
    config.objective.importance_cap = 2;
    EXPECT_LT(RelativeError(Gradients(config, ScaledBatch(1 / 3.0)), 2 * plain), 1e-5);
  }
}

// Of a batch in which tokens of both signs are clipped.
TEST_F(PolicyTrainerTest, WeighsTheLossOfReplayedRowsAlone) {
  const TrainingBatch batch = TinyMismatchedBatch(architecture_);
  TrainingBatch without_replays = batch;
  const auto weighted = [&](double weight) {
    RunConfig config = TinyConfig();
    config.hindsight.weight = weight;
    return Gradients(config, batch);
  };
  const at::Tensor plain = weighted(1);
  const at::Tensor of_replays = weighted(2) - plain;
  EXPECT_GT(of_replays.norm().item<double>(), 1e-3 * plain.norm().item<double>());
  EXPECT_LT(RelativeError(weighted(4) - plain, 3 * of_replays), 1e-4);
  EXPECT_LT(RelativeError(plain - weighted(0.25), 0.75 * of_replays), 1e-4);
  // Without replayed rows there is nothing to weigh.
  for (TrainingSample& sample : without_replays.samples) sample.replayed = false;
  RunConfig config = TinyConfig();
  const at::Tensor expected = Gradients(config, without_replays);
  config.hindsight.weight = 5;
  EXPECT_TRUE(Gradients(config, without_replays).equal(expected));
}

TEST_F(PolicyTrainerTest, MeasuresHowFarRolloutAndLearnerAreApart) {
  TrainingBatch batch = batch_;
  // The first response is recorded at a third of its probability; its replayed row repeats that.
  double tokens = 0, capped = 0;
  for (TrainingSample& sample : batch.samples) {
    tokens += sample.tokens.size();
    if (sample.task != 0 || sample.sample != 0) continue;
    capped += sample.tokens.size();
    for (float& logprob : sample.logprobs) logprob -= std::log(3.0f);
  }
  RunConfig config = LearnerConfig();
  config.objective.importance_cap = 2;
  const auto metrics = Make(config)->TrainStep(batch);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_NEAR(metrics->actor_importance_capfrac.value(), capped / tokens, 1e-12);
  // Of originals only.
  const double originals = metrics->perf_trained_tokens.value() - 3 - 4;
  EXPECT_NEAR(metrics->training_rollout_logprobs_abs_diff_max.value(), std::log(3), 1e-5);
  EXPECT_NEAR(metrics->training_rollout_logprobs_abs_diff_mean.value(), 3 * std::log(3) / originals,
              1e-5);
  EXPECT_NEAR(metrics->training_rollout_ratio_mean.value(), 1 + 2 * 3 / originals, 1e-5);
  EXPECT_NEAR(metrics->ratio_original_mean.value(), 1, 1e-5);
  EXPECT_NEAR(metrics->ratio_replayed_mean.value(),
              Make(TinyConfig())->TrainStep(batch_)->ratio_replayed_mean.value(), 1e-4);
}

TEST_F(PolicyTrainerTest, MeasuresTheSameMismatchWhoeverComputesTheOldLogProbs) {
  const TrainingBatch batch = ScaledBatch(0.9);
  const auto recorded = Make(TinyConfig())->TrainStep(batch);
  const auto computed = Make(LearnerConfig())->TrainStep(batch);
  ASSERT_TRUE(recorded.ok() && computed.ok());
  for (const auto metric : {&StepMetrics::training_rollout_probs_diff_mean,
                            &StepMetrics::training_rollout_logprobs_abs_diff_mean,
                            &StepMetrics::training_rollout_logprobs_abs_diff_max,
                            &StepMetrics::training_rollout_ratio_mean}) {
    EXPECT_NEAR(((*recorded).*metric).value(), ((*computed).*metric).value(), 1e-5);
  }
  EXPECT_FALSE(recorded->actor_importance_capfrac.has_value());
  EXPECT_FALSE(computed->actor_importance_capfrac.has_value());
}

TEST_F(PolicyTrainerTest, RefusesARowWithoutLogProbs) {
  TrainingBatch batch = batch_;
  batch.samples[1].logprobs.clear();
  const auto metrics = Make(TinyConfig())->TrainStep(batch);
  EXPECT_EQ(metrics.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(metrics.status().message()), ::testing::HasSubstr("row 1"));
}

TEST_F(PolicyTrainerTest, EndsBeforeALossThatIsNotFiniteIsApplied) {
  TrainingBatch batch = batch_;
  batch.samples[5].logprobs[0] = std::nanf("");
  RunConfig config = TinyConfig();
  config.objective.updates_per_step = 2;
  const auto trainer = Make(config);
  const auto metrics = trainer->TrainStep(batch);
  EXPECT_EQ(metrics.status().code(), absl::StatusCode::kFailedPrecondition) << metrics.status();
  EXPECT_THAT(std::string(metrics.status().message()),
              ::testing::HasSubstr("step 1, update 2 of 2: the loss is nan"));
  EXPECT_TRUE(trainer->model().IsFinite());
}

// The squares of finite values may overflow.
TEST_F(PolicyTrainerTest, EndsBeforeAGradientWhoseNormIsNotFiniteIsApplied) {
  Architecture architecture = TinyArchitecture();
  architecture.tie_embeddings = false;
  const ModelWeights weights =
      RandomWeights(architecture, 3)
          .Transformed([](const std::string& name, const at::Tensor& tensor) {
            return name == "lm_head.weight" ? tensor * 1e24 : tensor;
          });
  PolicyTrainer trainer(TinyConfig(), architecture, weights, at::kFloat, MakeSingleProcessGroup());
  const at::Tensor before = trainer.model().master().clone();
  const auto metrics = trainer.TrainStep(TinyBatch(architecture, weights));
  EXPECT_EQ(metrics.status().code(), absl::StatusCode::kFailedPrecondition) << metrics.status();
  EXPECT_THAT(std::string(metrics.status().message()),
              ::testing::HasSubstr("the gradient norm is"));
  EXPECT_TRUE(trainer.model().master().equal(before));
}

TEST_F(PolicyTrainerTest, EndsWhenAnUpdateLeavesWeightsThatAreNotFinite) {
  RunConfig config = TinyConfig();
  config.optimizer.lr = 1e39;
  const auto metrics = Make(config)->TrainStep(batch_);
  EXPECT_EQ(metrics.status().code(), absl::StatusCode::kFailedPrecondition) << metrics.status();
  EXPECT_THAT(std::string(metrics.status().message()), ::testing::HasSubstr("the weights are not"));
}

// A step after a restore, or after none, leaves the same weights.
void PolicyTrainerTest::ExpectGoesOnExactly(RunConfig config, const TrainingBatch& batch) const {
  char folder[] = "/tmp/hir_trainer_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  config.model.path = absl::StrCat(folder, "/source");
  ASSERT_TRUE(WriteFileAtomically(config.model.path + "/tokenizer.json", "{}").ok());

  const auto straight = Make(config);
  ASSERT_TRUE(straight->TrainStep(batch).ok());
  const std::string checkpoint = absl::StrCat(folder, "/checkpoint");
  ASSERT_EQ(straight->Save(checkpoint), absl::OkStatus());
  for (const auto& entry : std::filesystem::directory_iterator(checkpoint)) {
    // Readers of the folder take every *.safetensors in it for the model's.
    if (entry.path().extension() == ".safetensors") {
      EXPECT_EQ(entry.path().filename(), "model.safetensors");
    }
  }
  TrainingBatch next = batch;
  next.step = 2;
  ASSERT_TRUE(straight->TrainStep(next).ok());
  const auto resumed = Make(config);
  ASSERT_EQ(resumed->Restore(checkpoint), absl::OkStatus());
  ASSERT_TRUE(resumed->TrainStep(next).ok());
  EXPECT_TRUE(resumed->model().master().equal(straight->model().master()));
  std::filesystem::remove_all(folder);
}

TEST_F(PolicyTrainerTest, GoesOnExactlyAfterARestore) { ExpectGoesOnExactly(TinyConfig(), batch_); }

TEST_F(PolicyTrainerTest, GoesOnAtTheRateOfTheScheduleAfterARestore) {
  RunConfig config = TinyConfig();
  config.learner.total_steps = 3;
  config.optimizer.schedule = LrSchedule::kCosine;
  ExpectGoesOnExactly(config, batch_);
}

TEST_F(PolicyTrainerTest, MakesTheUpdatesOfAStepAtTheRateThatItReports) {
  RunConfig config = TinyConfig();
  config.learner.total_steps = 4;
  config.optimizer.warmup = 2;
  const auto trainer = Make(config);
  const at::Tensor before = trainer->model().master().clone();
  TrainingBatch batch = batch_;
  EXPECT_EQ(trainer->TrainStep(batch)->actor_lr.value(), 0);
  EXPECT_TRUE(trainer->model().master().equal(before));
  batch.step = 2;
  EXPECT_EQ(trainer->TrainStep(batch)->actor_lr.value(), config.optimizer.lr / 2);
  EXPECT_FALSE(trainer->model().master().equal(before));
}

// They are of the weights that the step begins with, which the restore brings back.
TEST_F(PolicyTrainerTest, ComputesTheSameOldLogProbsAndWeightsAfterARestore) {
  for (const OldLogprobs prompt : {OldLogprobs::kOriginal, OldLogprobs::kRewritten}) {
    RunConfig config = LearnerConfig(prompt);
    config.objective.kl_coef = 0.01;
    config.objective.importance_cap = 1.5;
    ExpectGoesOnExactly(config, TinyMismatchedBatch(architecture_));
  }
}

TEST_F(PolicyTrainerTest, KeepsARefreshedReferenceInTheCheckpoint) {
  RunConfig config = TinyGroupedConfig();
  config.objective.kl_coef = 0.5;
  config.objective.reference_refresh_steps = 1;
  ExpectGoesOnExactly(config, TinyMismatchedBatch(architecture_));
}

TEST_F(PolicyTrainerTest, RefusesAStateWithNumbersThatAreNotFinite) {
  char folder[] = "/tmp/hir_trainer_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  FlatModel model(architecture_, weights_, at::kFloat);
  AdamWState optimizer(model.master());
  optimizer.second_moment[7] = std::numeric_limits<float>::infinity();
  ASSERT_EQ(SaveTrainingState(folder, model, optimizer), absl::OkStatus());
  const absl::Status status = LoadTrainingState(folder, model, optimizer);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("exp_avg_sq has 1 value"));
  std::filesystem::remove_all(folder);
}

TEST_F(PolicyTrainerTest, LosesTheDirectionWhenAdvantagesAreShuffled) {
  RunConfig config = TinyConfig();
  const at::Tensor plain = Gradients(config, batch_);
  config.learner.shuffle_advantages = true;
  const at::Tensor shuffled = Gradients(config, batch_);
  const double cosine = (plain.dot(shuffled) / (plain.norm() * shuffled.norm())).item<double>();
  EXPECT_LT(cosine, 0.8);
}

}  // namespace
}  // namespace hir
