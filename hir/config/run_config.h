// The configuration of a run: `hir train` reads it, replay stores it, and every service obeys it.
// Defaults live here and nowhere else.
//
// Plain values without behaviour; choices.h has the enums and their words, schema.h names the
// fields, parses, checks and prints them.
// Source of the method's numbers: HiR, arXiv:2512.23457, and docs/method.md.
#ifndef HIR_CONFIG_RUN_CONFIG_H_
#define HIR_CONFIG_RUN_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "hir/config/choices.h"
#include "hir/domain/reward_rule.h"

namespace hir {

// The model to train.
struct ModelConfig {
  std::string path;            // Hugging Face folder with weights and tokenizer. Required.
  Dtype dtype = Dtype::kBf16;  // Of served weights and of forward and backward.
  DeviceChoice device = DeviceChoice::kAuto;  // Of the learner and of the rollout workers.
  // Variables for the chat template, e.g. {enable_thinking: false}: in YAML a map, here as a JSON
  // object without white space. Empty = none.
  std::string chat_template_kwargs;
  // The mark that ends the reasoning of a response, e.g. "</think>": checkers and judges see the
  // text after its last occurrence, and an empty text if it does not occur. Empty = responses do
  // not reason.
  std::string reasoning_end;
};

// One file of training instructions.
struct TrainFile {
  std::string file;  // Instructions in any form that docs/data.md lists.
  double weight =
      1.0;  // Its share of the tasks relative to the other files, whatever its size; above 0.
};

// The instructions to train on and to evaluate with.
struct DataConfig {
  std::vector<TrainFile> train;  // One path, or a list of paths and {file, weight}. Required.
  std::string held_out;          // Instructions for eval; empty = no evaluation.
  bool shuffle = true;           // By run.seed and epoch.
  // For prompts that exceed rollout.max_prompt_tokens or fill the model's context.
  OverlongPrompts overlong = OverlongPrompts::kRefuse;
  std::string system_prompt;  // Empty = none beyond what the chat template adds.
};

// How responses are generated and how tasks are leased to workers.
struct RolloutConfig {
  int train_batch_size = 64;     // B: instructions per step.
  int responses_per_prompt = 6;  // m.
  // Dynamic sampling: so many groups of a step at most that teach nothing, since their known
  // rewards are all equal, are replaced by groups of further tasks. 0 = none is.
  int max_resampled_groups = 0;
  double temperature = 1.0;
  double top_p = 1.0;
  int top_k = 0;  // 0 = all.
  int max_prompt_tokens = 1024;
  int max_response_tokens = 1024;
  bool ignore_eos = false;  // Generate past end tokens up to the length limit; for benchmarks.
  int max_running_sequences = 64;  // Sequences a worker decodes together.
  // GiB of keys and values that a worker keeps at most; a response begins when all of its own fit.
  // 0 = a quarter of the memory of machine or container for its workers together, as it is used.
  double kv_cache_gb = 0;
  bool deterministic = false;  // The same tokens whatever else is in the batch; f32 on the CPU.
  int max_staleness = 0;       // Versions a response may lag behind; 0 = synchronous.
  // What new weights mean for running responses. kKeep needs a max_staleness below 256 where
  // responses can be longer, since a response names at most so many versions.
  SwapPolicy swap = SwapPolicy::kFinish;
  int lease_seconds = 60;
  int max_attempts = 5;  // Lease expirations before a task is abandoned.
};

// Which responses are replayed in hindsight.
struct HindsightConfig {
  SelectionMode mode = SelectionMode::kHir;
  SelectionScope scope = SelectionScope::kBatch;
  int replay_per_prompt = 2;    // k; K = k * B, but in mode all.
  double weight = 1.0;          // Of the policy loss of replayed rows; above 0.
  double initial_weight = 2.0;  // lambda_0.
  double weight_growth = 0.05;  // eta.
  double max_weight = 1e6;      // lambda_max.
  EntropyReduction entropy = EntropyReduction::kMean;
  // kExact: workers whose engine computes no entropies are refused. kSampled: every response's is
  // estimated, also where the engine could compute it, so that the responses of a run compare.
  EntropySource entropy_source = EntropySource::kExact;
  OldLogprobs old_logprobs = OldLogprobs::kOriginal;
  bool replay_truncated = true;  // Whether responses cut at the limit may be replayed.
  // The share of a judge's votes, in [0, 1], that must have said yes for a constraint to stay in
  // the rewritten instruction; checkers that don't vote are not asked for it. 0 = any pass.
  double vote_threshold = 0;
};

// The loss.
struct ObjectiveConfig {
  RewardRule reward;
  UnknownReward unknown_reward = UnknownReward::kExclude;
  AdvantageEstimator advantage = AdvantageEstimator::kReinforcePlusPlus;
  double kl_coef = 0.001;  // beta; 0 needs no reference model.
  KlEstimator kl_estimator = KlEstimator::kK1;
  KlIn kl_in = KlIn::kReward;
  // Every so many steps the reference becomes the policy of that step; 0 = it stays the model that
  // the run began with.
  int reference_refresh_steps = 0;
  // Weight of the entropy of the policy, which the loss rewards; 0 = it is not computed.
  double entropy_coef = 0;
  double gamma = 1.0;  // Discount per token; other than 1 only with kReinforcePlusPlus.
  PolicyLossKind loss = PolicyLossKind::kPpo;
  LossAggregation aggregation = LossAggregation::kTokenMean;
  double clip_ratio_low = 0.2;
  double clip_ratio_high = 0.2;
  double dual_clip = 3.0;  // c > 1; applies where the advantage is negative. 0 = no bound.
  // kLearner is for engines whose log-probabilities differ from the learner's, and costs a forward
  // pass over the batch.
  OldLogprobsFrom old_logprobs_from = OldLogprobsFrom::kRollout;
  // Bound of the importance weight pi_learner / pi_rollout, at least 1; 0 = tokens are
  // not weighted. Needs kLearner: otherwise there is only one policy and nothing to weigh, which is
  // why it is off by default.
  double importance_cap = 0;
  ImportanceLevel importance_level = ImportanceLevel::kToken;
  int updates_per_step = 2;  // Mini-batches: equal parts of the rows in order.
};

// AdamW.
struct OptimizerConfig {
  double lr = 1e-6;  // After the warm-up and before the schedule's decay.
  LrSchedule schedule = LrSchedule::kConstant;  // Over learner.total_steps.
  // Steps in which the rate rises from 0: a whole number of them, or below 1 their share of
  // learner.total_steps, rounded up. 0 = the rate is whole from the first step on.
  double warmup = 0;
  double min_lr_ratio = 0;  // Where linear and cosine end, as a share of lr.
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;
  double max_grad_norm = 1.0;  // 0 = no clipping.
};

// Low-rank adapters (LoRA), trained instead of the weights that they are beside.
struct LoraConfig {
  int rank = 0;       // 0 = all weights are trained.
  double alpha = 16;  // Adapters are scaled by alpha / rank.
  // Modules that get one: a name, or a list of names. kAllLinear = all of a layer.
  std::vector<LoraTarget> targets = {LoraTarget::kAllLinear};
};

// The length of the run and how its updates are computed.
struct LearnerConfig {
  int total_steps = 100;
  int max_tokens_per_micro_batch = 8192;  // Prompt and response tokens in one forward and backward.
  ActivationCheckpointing activation_checkpointing = ActivationCheckpointing::kAuto;
  bool shuffle_advantages = false;  // A control experiment: with it, training must not help.
};

// When checkpoints are written and whether a run resumes from them.
struct CheckpointConfig {
  int every = 10;     // Steps; 0 = only at the end.
  int keep_last = 2;  // >= 2.
  // Those of the multiples of this step are written and never removed; 0 = none.
  int keep_every = 0;
  // Whether one is written with each evaluation that gives best_metric, and the best of them is
  // kept and named by the link checkpoints/best.
  bool keep_best = false;
  // eval/NUMBER of data.held_out, or eval/SUITE/NUMBER: prompt_strict, prompt_loose,
  // instruction_strict or instruction_loose.
  std::string best_metric = "eval/prompt_strict";
  Resume resume = Resume::kAuto;
};

// More instructions to evaluate with.
struct EvalSuite {
  std::string name;  // In the names of its numbers and files: 1-64 of [a-z0-9_-].
  std::string file;  // Instructions in any form that docs/data.md lists.
  int every = 0;     // Steps; 0 = eval.every.
  int prompts = 0;   // The first ones of the file; 0 = all.
};

// Evaluation on the held-out instructions, and on suites of their own.
struct EvalConfig {
  int every = 0;    // Steps; 0 = off; also before the first and after the last.
  int prompts = 0;  // Instructions of the held-out file; 0 = all.
  double temperature = 0.0;
  int max_response_tokens = 0;  // 0 = rollout.max_response_tokens.
  // The run ends after so many evaluations in a row without a new best (checkpoint.best_metric);
  // 0 = it goes on to its last step.
  int patience = 0;
  std::vector<EvalSuite> suites;  // A list of {name, file, every, prompts}.
};

// All settings of a run.
struct RunConfig {
  std::string name = "run";  // 1-64 of [a-zA-Z0-9._-], not "." or "..".
  uint64_t seed = 1;
  std::string output_dir = "runs";  // The run's folder is output_dir/name.
  ModelConfig model;
  DataConfig data;
  RolloutConfig rollout;
  HindsightConfig hindsight;
  ObjectiveConfig objective;
  OptimizerConfig optimizer;
  LoraConfig lora;
  LearnerConfig learner;
  CheckpointConfig checkpoint;
  EvalConfig eval;
};

}  // namespace hir

#endif  // HIR_CONFIG_RUN_CONFIG_H_
