// A model of a few thousand parameters and batches for it, for tests.
#ifndef HIR_TRAIN_TINY_BATCH_H_
#define HIR_TRAIN_TINY_BATCH_H_

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "hir/config/run_config.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/train/scoring.h"
#include "hir/train/trainer.h"

namespace hir {

inline Architecture TinyArchitecture() {
  Architecture architecture;
  architecture.vocab_size = 40;
  architecture.hidden_size = 16;
  architecture.layers = 2;
  architecture.heads = 2;
  architecture.kv_heads = 1;
  architecture.head_dim = 8;
  architecture.intermediate_size = 32;
  architecture.max_position = 64;
  architecture.tie_embeddings = true;
  return architecture;
}

// One update per step, plain on-policy settings, f32.
inline RunConfig TinyConfig() {
  RunConfig config;
  config.model.dtype = Dtype::kF32;
  config.objective.updates_per_step = 1;
  config.objective.kl_coef = 0;
  config.optimizer.lr = 1e-3;
  config.optimizer.max_grad_norm = 0;
  return config;
}

// `length` tokens that depend on `seed`.
inline std::vector<int32_t> TinyTokens(int length, int seed) {
  std::vector<int32_t> tokens;
  for (int i = 0; i < length; ++i) tokens.push_back((seed * 7 + i * 5 + i * i) % 40);
  return tokens;
}

// Sets the log-probabilities that the policy of `weights` assigns to each sample's tokens under the
// prompt they were drawn with.
inline void RecordLogProbs(const Architecture& architecture, const ModelWeights& weights,
                           std::vector<TrainingSample>& samples) {
  for (TrainingSample& sample : samples) {
    const auto& prompt = sample.original_prompt.empty() ? sample.prompt : sample.original_prompt;
    const Sequence sequence{.prompt = prompt, .response = sample.tokens};
    const at::Tensor scores = *ScoreSequences({architecture, weights}, {sequence}, 1.0, 1000);
    sample.logprobs.assign(scores.data_ptr<float>(), scores.data_ptr<float>() + scores.numel());
  }
}

// Three responses of unequal length to each of two prompts, every second one rewarded; after the
// first failed one comes its replay under another prompt.
inline TrainingBatch TinyBatch(const Architecture& architecture, const ModelWeights& weights) {
  TrainingBatch batch{.step = 1, .rows = 0, .samples = {}};
  for (int task = 0; task < 2; ++task) {
    for (int sample = 0; sample < 3; ++sample) {
      TrainingSample made{.row = batch.rows++,
                          .task = static_cast<uint64_t>(task),
                          .sample = static_cast<uint32_t>(sample),
                          .reward = sample == 1 ? 1.0 : 0.0,
                          .prompt = TinyTokens(4 + task, 1 + task),
                          .tokens = TinyTokens(3 + 2 * sample + task, 11 + 3 * task + sample)};
      batch.samples.push_back(made);
      if (sample != 0) continue;
      made.row = batch.rows++;
      made.replayed = true;
      made.reward = 1;
      made.original_prompt = made.prompt;
      made.prompt = TinyTokens(3, 29 + task);
      batch.samples.push_back(made);
    }
  }
  RecordLogProbs(architecture, weights, batch.samples);
  return batch;
}

constexpr int kTinyWeightsSeed = 3;

// The tiny batch, recorded by an engine that disagrees with the learner's weights.
inline TrainingBatch TinyMismatchedBatch(const Architecture& architecture) {
  return TinyBatch(architecture, RandomWeights(architecture, kTinyWeightsSeed + 1));
}

// Exercises the reference policy, recomputed log-probabilities with their importance weights, the
// sums over ranks and the effects of a first update. The
// learning rate is small, since Adam's first step turns rounding errors in tiny gradients into full
// steps.
inline RunConfig TinyParallelConfig() {
  RunConfig config = TinyConfig();
  config.objective.kl_coef = 0.01;
  config.objective.updates_per_step = 2;
  config.hindsight.old_logprobs = OldLogprobs::kRewritten;
  config.objective.old_logprobs_from = OldLogprobsFrom::kLearner;
  config.objective.importance_cap = 1.5;
  config.optimizer.lr = 1e-5;
  return config;
}

// Of adapters, where a test of several ranks trains them.
constexpr int kTinyLoraRank = 4;

// The same for what goes over whole rows and groups: group baselines, a ratio, weights and means of
// rows, a penalty and an entropy bonus in the loss.
inline RunConfig TinyGroupedConfig() {
  RunConfig config = TinyParallelConfig();
  config.objective.advantage = AdvantageEstimator::kGrpo;
  config.objective.loss = PolicyLossKind::kGspo;
  config.objective.aggregation = LossAggregation::kSeqMeanTokenMean;
  config.objective.kl_in = KlIn::kLoss;
  config.objective.kl_estimator = KlEstimator::kK3;
  config.objective.entropy_coef = 0.01;
  config.objective.importance_level = ImportanceLevel::kSequence;
  config.objective.dual_clip = 0;
  return config;
}

// The rows of a batch for `rank`: rank 0 gets most of them, rank 1 a third, others none.
inline TrainingBatch UnevenShard(const TrainingBatch& batch, int rank, int size) {
  TrainingBatch shard{.step = batch.step, .rows = batch.rows, .samples = {}};
  for (const TrainingSample& sample : batch.samples) {
    const int owner = size > 1 && sample.row % 3 == 0 ? 1 : 0;
    if (owner == rank) shard.samples.push_back(sample);
  }
  return shard;
}

}  // namespace hir

#endif  // HIR_TRAIN_TINY_BATCH_H_
