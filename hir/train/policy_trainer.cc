#include "hir/train/policy_trainer.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/config/lora_targets.h"
#include "hir/model/lora.h"
#include "hir/model/packer.h"
#include "hir/objective/aggregation.h"
#include "hir/objective/importance.h"
#include "hir/train/advantages.h"
#include "hir/train/learning_rate.h"
#include "hir/train/scoring.h"
#include "hir/train/step_log_probs.h"
#include "hir/train/training_state.h"
#include "hir/train/weights_probe.h"

namespace hir {
namespace {

// Adds the seconds of its lifetime to a metric.
class Timer {
 public:
  explicit Timer(std::optional<double>& seconds) : seconds_(seconds) {}
  ~Timer() { seconds_ = seconds_.value_or(0) + absl::ToDoubleSeconds(absl::Now() - start_); }

 private:
  std::optional<double>& seconds_;
  absl::Time start_ = absl::Now();
};

absl::Status NotFinite(const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the ", what, "; nothing of the step was published and the last checkpoint is as it was; a ",
      "lower optimizer.lr or optimizer.max_grad_norm may help"));
}

absl::Status CheckFinite(const char* what, double value) {
  if (std::isfinite(value)) return absl::OkStatus();
  return NotFinite(absl::StrFormat("%s is %f", what, value));
}

double PeakMemoryGb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e9;
}

LoraOptions LoraOf(const RunConfig& config) {
  return {.rank = config.lora.rank,
          .alpha = config.lora.alpha,
          .targets = LoraTargetNames(config.lora),
          .seed = config.seed};
}

// Whether an update with the rows in `range` has a gradient worth making. Reward aside, an entropy
// bonus and a KL penalty in the loss have one: they act where all rewards are equal, too.
bool HasGradient(absl::Span<const RowFacts> facts, RowRange range,
                 const ObjectiveConfig& objective) {
  if (objective.entropy_coef > 0 || objective.kl_in == KlIn::kLoss) {
    return CountRows(facts, range) > 0;
  }
  return HasSignal(facts, range, objective.advantage);
}

// `offsets` has where each row's tokens begin, and the end of the last.
ImportanceWeights WeighTokens(const OldLogProbs& logp, const std::vector<int64_t>& offsets,
                              const ObjectiveConfig& objective) {
  at::Tensor lengths;
  if (objective.importance_level == ImportanceLevel::kSequence) {
    lengths = at::tensor(offsets, at::kLong).diff();
  }
  return TruncatedImportanceWeights(logp.learner, logp.rollout, objective.importance_cap, lengths);
}

}  // namespace

struct PolicyTrainer::Step {
  std::vector<RowFacts> facts;          // Of the whole batch.
  std::vector<TrainingSample> samples;  // Included ones of this rank, in row order.
  std::vector<int64_t> offsets;         // Of each sample's tokens in the flat tensors.
  OldLogProbs logp;
  at::Tensor importance_weights;  // float32 [tokens]; undefined = 1 each.
  at::Tensor reference;           // float32 [tokens]; undefined without a KL penalty.
  at::Tensor advantages;          // float64 [tokens]
  at::Tensor replayed;            // bool [tokens]
  double learning_rate = 0;
};

PolicyTrainer::PolicyTrainer(const RunConfig& config, const Architecture& architecture,
                             const ModelWeights& weights, at::ScalarType compute_type,
                             std::unique_ptr<ProcessGroup> group)
    : config_(config),
      group_(std::move(group)),
      model_(architecture, weights, compute_type, LoraOf(config)),
      optimizer_(model_.master()) {
  // A third model in memory, for those who pay for it.
  if (config_.objective.kl_coef == 0) return;
  // Adapters leave the model that they began with as it was; a reference that is refreshed is
  // written to, so it needs a copy.
  if (config_.objective.reference_refresh_steps == 0) reference_ = model_.base();
  if (reference_) return;
  // Copied even where the type is the same: the policy may be trained in place.
  reference_ = weights.Transformed([&](const std::string&, const at::Tensor& tensor) {
    return tensor.to(compute_type, /*non_blocking=*/false, /*copy=*/true);
  });
}

void PolicyTrainer::RefreshReference() {
  const at::NoGradGuard no_grad;
  // In place: a second copy would not be in what `hir plan` counts.
  const NamedTensors policy = model_.compute().Named();
  const NamedTensors reference = reference_->Named();
  for (size_t i = 0; i < policy.size(); ++i) reference[i].second.copy_(policy[i].second);
}

absl::StatusOr<StepMetrics> PolicyTrainer::TrainStep(const TrainingBatch& batch) {
  try {
    return TrainStepOrThrow(batch);
  } catch (const std::exception& error) {
    // Torch's first line says what happened, the rest is its stack.
    const std::string what = error.what();
    return absl::InternalError(
        absl::StrCat("step ", batch.step, " failed: ", what.substr(0, what.find('\n'))));
  }
}

absl::StatusOr<StepMetrics> PolicyTrainer::TrainStepOrThrow(const TrainingBatch& batch) {
  StepMetrics metrics;
  StepStatistics statistics;
  // Advantages and old log-probabilities of the whole step come before its first update, since they
  // are of the weights that the step began with.
  const absl::Time start = absl::Now();
  HIR_ASSIGN_OR_RETURN(const Step step, Prepare(batch, metrics, statistics));
  const bool mismatch_measured = step.logp.learner.defined();
  int applied = 0;
  double norm_sum = 0;
  const std::vector<RowRange> ranges =
      CutIntoMiniBatches(batch.rows, static_cast<size_t>(config_.objective.updates_per_step));
  for (size_t i = 0; i < ranges.size(); ++i) {
    // By the facts of all ranks' rows, so that all ranks leave out the same updates: one that went
    // on alone would wait for the others for ever.
    if (!HasGradient(step.facts, ranges[i], config_.objective)) continue;
    const Timer timer(metrics.timing_s_update_actor);
    const absl::StatusOr<double> norm =
        Update(step, ranges[i], !mismatch_measured && applied == 0, metrics, statistics);
    if (!norm.ok()) {
      return absl::Status(norm.status().code(),
                          absl::StrCat("step ", batch.step, ", update ", i + 1, " of ",
                                       ranges.size(), ": ", norm.status().message()));
    }
    norm_sum += *norm;
    ++applied;
  }
  // How well the learner reproduces the workers' numbers is worth knowing most where nothing was
  // trained.
  if (!mismatch_measured && applied == 0) HIR_RETURN_IF_ERROR(MeasureMismatch(step, statistics));
  const int refresh = config_.objective.reference_refresh_steps;
  if (refresh > 0 && batch.step % refresh == 0) RefreshReference();
  HIR_RETURN_IF_ERROR(statistics.Finish(*group_, metrics));
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  const double tokens = static_cast<double>(CountTokens(step.facts, {0, batch.rows}));
  if (applied > 0) metrics.actor_grad_norm = norm_sum / applied;
  metrics.actor_kl_coef = config_.objective.kl_coef;
  metrics.actor_lr = step.learning_rate;
  metrics.training_updates = applied;
  metrics.training_skipped_updates = static_cast<double>(ranges.size()) - applied;
  metrics.timing_s_train = seconds;
  metrics.perf_trained_tokens = tokens;
  metrics.perf_train_throughput = tokens / seconds / world_size();
  metrics.perf_max_memory_allocated_gb = PeakMemoryGb();
  return metrics;
}

absl::StatusOr<PolicyTrainer::Step> PolicyTrainer::Prepare(const TrainingBatch& batch,
                                                           StepMetrics& metrics,
                                                           StepStatistics& statistics) {
  Step step;
  step.learning_rate = LearningRate(config_.optimizer, batch.step, config_.learner.total_steps);
  HIR_ASSIGN_OR_RETURN(step.facts, GatherRowFacts(batch.samples, batch.rows, *group_));
  for (const TrainingSample& sample : batch.samples) {
    if (sample.included) step.samples.push_back(sample);
  }
  // Updates are ranges of rows, which become ranges of samples.
  std::sort(step.samples.begin(), step.samples.end(),
            [](const auto& a, const auto& b) { return a.row < b.row; });
  step.offsets = {0};
  for (const TrainingSample& sample : step.samples) {
    step.offsets.push_back(step.offsets.back() + static_cast<int64_t>(sample.tokens.size()));
  }
  step.replayed = ReplayedMask(step.samples);
  const at::Tensor originals = step.replayed.logical_not();
  {
    const Timer timer(metrics.timing_s_old_log_prob);
    HIR_ASSIGN_OR_RETURN(step.logp, ComputeOldLogProbs({model_.architecture(), model_.compute()},
                                                       step.samples, config_));
  }
  if (step.logp.learner.defined()) {
    statistics.AddMismatch(step.logp.learner.masked_select(originals),
                           step.logp.rollout.masked_select(originals));
  }
  if (config_.objective.importance_cap > 0) {
    const ImportanceWeights importance = WeighTokens(step.logp, step.offsets, config_.objective);
    step.importance_weights = importance.weights;
    statistics.AddImportance(importance);
  }
  if (reference_) {
    const Timer timer(metrics.timing_s_ref);
    HIR_ASSIGN_OR_RETURN(step.reference, ReferenceLogProbs({model_.architecture(), *reference_},
                                                           step.samples, config_));
    // Of originals only: a replayed row's prompt is not the one that its response was drawn from,
    // and its distance says nothing of how far the policy has moved.
    statistics.AddReferenceKl((step.logp.old - step.reference).masked_select(originals));
  }
  const Timer timer(metrics.timing_s_adv);
  HIR_ASSIGN_OR_RETURN(step.advantages,
                       ComputeAdvantages(step.samples, step.facts, step.logp.old, step.reference,
                                         config_.objective, *group_));
  // A control: the same updates with advantages that teach nothing must not learn.
  if (config_.learner.shuffle_advantages) {
    HIR_ASSIGN_OR_RETURN(step.advantages,
                         ShuffleAdvantages(step.samples, step.advantages, step.facts, config_.seed,
                                           batch.step, *group_));
  }
  statistics.AddAdvantages(step.advantages);
  // After whitening, which sees all rows alike. The loss is proportional to the advantage, clipped
  // or not, so this is the weight of the row's loss.
  if (config_.hindsight.weight != 1) {
    step.advantages =
        at::where(step.replayed, step.advantages * config_.hindsight.weight, step.advantages);
  }
  return step;
}

absl::StatusOr<double> PolicyTrainer::Update(const Step& step, RowRange range,
                                             bool measure_mismatch, StepMetrics& metrics,
                                             StepStatistics& statistics) {
  const auto before = [](const TrainingSample& sample, size_t row) { return sample.row < row; };
  const auto& samples = step.samples;
  const size_t begin =
      std::lower_bound(samples.begin(), samples.end(), range.begin, before) - samples.begin();
  const size_t end =
      std::lower_bound(samples.begin(), samples.end(), range.end, before) - samples.begin();
  const auto part = [&](const at::Tensor& flat) {
    return flat.narrow(0, step.offsets[begin], step.offsets[end] - step.offsets[begin]);
  };
  // This rank may have no rows of the range; it takes part in the sums all the same.
  UpdateRows rows{.sequences = {},
                  .old_logp = part(step.logp.old),
                  .advantages = part(step.advantages),
                  .replayed = part(step.replayed),
                  .rollout_logp = part(step.logp.rollout),
                  .importance_weights = {},
                  .reference_logp = {}};
  if (config_.objective.kl_in == KlIn::kLoss) rows.reference_logp = part(step.reference);
  if (step.importance_weights.defined()) rows.importance_weights = part(step.importance_weights);
  for (size_t i = begin; i < end; ++i) rows.sequences.push_back(UnderTrainedPrompt(samples[i]));

  // Divided by the tokens or rows of all ranks, so that the plain sum over ranks is the mean.
  const double divisor = AggregationDivisor(
      config_.objective.aggregation, {.tokens = CountTokens(step.facts, range),
                                      .rows = CountRows(step.facts, range),
                                      .max_response_tokens = config_.rollout.max_response_tokens});
  statistics.AddUpdate(divisor);
  model_.ZeroGradients();
  HIR_ASSIGN_OR_RETURN(
      const double loss,
      AccumulateGradients(model_, rows, divisor,
                          {.config = config_, .measure_mismatch = measure_mismatch}, statistics));
  at::Tensor gradients = model_.gradients();
  {
    const Timer timer(metrics.timing_s_all_reduce);
    HIR_RETURN_IF_ERROR(group_->AllReduceSum(gradients, "gradients", kCollectiveTimeout));
  }
  // The checked values are the same on every rank, and so is the decision.
  at::Tensor whole_loss = at::full({1}, loss, gradients.options().dtype(at::kDouble));
  HIR_RETURN_IF_ERROR(group_->AllReduceSum(whole_loss, "loss", kCollectiveTimeout));
  HIR_RETURN_IF_ERROR(CheckFinite("loss", whole_loss.item<double>()));
  const double norm = ClipGlobalNorm(gradients, config_.optimizer.max_grad_norm);
  // Before the step is made: a gradient that is not finite leaves no weight as it was.
  HIR_RETURN_IF_ERROR(CheckFinite("gradient norm", norm));
  AdamWStep(model_.master(), gradients, model_.ranges(), step.learning_rate, config_.optimizer,
            optimizer_);
  model_.RefreshCompute();
  // A finite gradient can still push a weight beyond what the compute type holds.
  if (!model_.IsFinite()) return NotFinite("weights are not finite after it");
  return norm;
}

absl::Status PolicyTrainer::MeasureMismatch(const Step& step, StepStatistics& statistics) {
  std::vector<Sequence> originals;
  for (const TrainingSample& sample : step.samples) {
    if (!sample.replayed) originals.push_back(UnderTrainedPrompt(sample));
  }
  HIR_ASSIGN_OR_RETURN(
      const at::Tensor scores,
      ScoreSequences({model_.architecture(), model_.compute()}, originals,
                     config_.rollout.temperature, config_.learner.max_tokens_per_micro_batch));
  statistics.AddMismatch(scores, step.logp.rollout.masked_select(step.replayed.logical_not()));
  return absl::OkStatus();
}

absl::StatusOr<PackedWeights> PolicyTrainer::Pack() {
  HIR_ASSIGN_OR_RETURN(PackedWeights packed,
                       PackWeights(model_.compute(), model_.compute().embedding.scalar_type()));
  HIR_ASSIGN_OR_RETURN(packed.probe, MakeProbe({model_.architecture(), model_.compute()}));
  return packed;
}

absl::Status PolicyTrainer::Save(const std::string& folder) {
  if (model_.adapters()) {
    HIR_RETURN_IF_ERROR(SaveAdapters(folder, *model_.adapters(), config_.model.path));
  } else {
    HIR_RETURN_IF_ERROR(SaveModel(folder, model_.architecture(), model_.compute(),
                                  model_.compute().embedding.scalar_type(), config_.model.path));
  }
  HIR_RETURN_IF_ERROR(SaveTrainingState(folder, model_, optimizer_));
  // A frozen reference is the model that the run began with, which every start has.
  if (config_.objective.reference_refresh_steps == 0) return absl::OkStatus();
  return SaveReference(folder, *reference_);
}

absl::Status PolicyTrainer::Restore(const std::string& folder) {
  HIR_RETURN_IF_ERROR(LoadTrainingState(folder, model_, optimizer_));
  if (config_.objective.reference_refresh_steps > 0) {
    HIR_RETURN_IF_ERROR(LoadReference(folder, *reference_));
  }
  model_.RefreshCompute();
  return absl::OkStatus();
}

absl::StatusOr<int64_t> PolicyTrainer::ShareFromRankZero(int64_t value) {
  // Only rank 0 read a checkpoint; whatever the others loaded is overwritten, moments included.
  at::Tensor numbers = at::tensor({value, optimizer_.updates}, at::TensorOptions(at::kLong))
                           .to(model_.master().device());
  HIR_RETURN_IF_ERROR(group_->Broadcast(numbers, 0, "step to start from", kCollectiveTimeout));
  for (at::Tensor tensor : {model_.master(), optimizer_.first_moment, optimizer_.second_moment}) {
    HIR_RETURN_IF_ERROR(group_->Broadcast(tensor, 0, "state to start from", kCollectiveTimeout));
  }
  if (config_.objective.reference_refresh_steps > 0) {
    for (const auto& [name, tensor] : reference_->Named()) {
      at::Tensor values = tensor;
      HIR_RETURN_IF_ERROR(
          group_->Broadcast(values, 0, "reference to start from", kCollectiveTimeout));
    }
  }
  numbers = numbers.cpu();
  optimizer_.updates = numbers[1].item<int64_t>();
  // Computed, not sent: the same rounding of the same numbers.
  model_.RefreshCompute();
  return numbers[0].item<int64_t>();
}

}  // namespace hir
