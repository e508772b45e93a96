#include "hir/driver/plan.h"

#include <algorithm>

#include "hir/base/status_macros.h"
#include "hir/config/lora_targets.h"
#include "hir/config/retention.h"
#include "hir/driver/check_model_folder.h"
#include "hir/driver/train_tasks.h"
#include "hir/model_folder/adapted_weights.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

// Measured on the demo's responses (docs/operations.md): token ids of two to three bytes and text
// of four a token, log-probabilities of four a response token; verdicts, names and Redis's own.
constexpr double kBytesPerResponseToken = 11;
constexpr double kBytesPerPromptToken = 7;
constexpr double kBytesPerSample = 320;
constexpr double kBytesPerManifestRow = 200;
// Master weights, gradients and two moments, float32.
constexpr double kStateBytesPerParameter = 16;
// Weights and two moments in float32, and the Hugging Face folder in the served type.
constexpr double kCheckpointBytesPerParameter = 12;
// The same of adapters, whose folder has float32 as well.
constexpr double kAdapterCheckpointBytesPerParameter = 16;

double BytesPerParameter(const RunConfig& config) {
  return config.model.dtype == Dtype::kBf16 ? 2 : 4;
}

int64_t StepsInRedis(const RunConfig& config) {
  const int64_t total = config.learner.total_steps;
  if (config.checkpoint.every == 0) return total;
  // The oldest of the kept checkpoints bounds what may go, and so do readers.
  const int64_t kept = int64_t{config.checkpoint.every} * config.checkpoint.keep_last;
  return std::min(total, std::max(kept, kStepsKeptForReaders) + config.rollout.max_staleness + 1);
}

// The most.
int64_t ReplayedPerStep(const RunConfig& config) {
  const int64_t groups = config.rollout.train_batch_size;
  switch (config.hindsight.mode) {
    case SelectionMode::kOff:
      return 0;
    case SelectionMode::kAll:
      return groups * config.rollout.responses_per_prompt;
    default:
      return groups * config.hindsight.replay_per_prompt;
  }
}

double LearnerBytes(const RunConfig& config, const PlanInputs& inputs) {
  const double type = BytesPerParameter(config);
  const double parameters = inputs.parameters;
  if (config.lora.rank > 0) {
    // The frozen model, which is the reference too unless that is refreshed, the one with the
    // adapters merged into it, and what is served.
    const int models = config.objective.reference_refresh_steps > 0 ? 5 : 4;
    return kStateBytesPerParameter * inputs.adapter_parameters + models * type * parameters;
  }
  double bytes = kStateBytesPerParameter * parameters;
  if (type < 4) bytes += type * parameters;                      // What forward runs on.
  if (config.objective.kl_coef > 0) bytes += type * parameters;  // The reference.
  return bytes + 2 * type * parameters;                          // Served, and the next.
}

}  // namespace

RunPlan PlanRun(const RunConfig& config, const PlanInputs& inputs) {
  const RolloutConfig& rollout = config.rollout;
  RunPlan plan;
  const int64_t originals = int64_t{rollout.train_batch_size} * rollout.responses_per_prompt;
  plan.responses_per_step = TasksPerStep(config) * rollout.responses_per_prompt;
  plan.replayed_per_step = ReplayedPerStep(config);
  const double responses = static_cast<double>(plan.responses_per_step);
  const double rows = static_cast<double>(originals + plan.replayed_per_step);
  plan.response_tokens = responses * rollout.max_response_tokens;
  // The prompt of a group is computed once.
  plan.trained_tokens = rows * rollout.max_response_tokens +
                        (rollout.train_batch_size + static_cast<double>(plan.replayed_per_step)) *
                            rollout.max_prompt_tokens;
  if (inputs.decode_tokens_per_second > 0 && inputs.train_tokens_per_second > 0) {
    plan.step_seconds = plan.response_tokens / (inputs.workers * inputs.decode_tokens_per_second) +
                        plan.trained_tokens / (inputs.learners * inputs.train_tokens_per_second);
  }
  plan.weights_bytes = BytesPerParameter(config) * inputs.parameters;
  plan.sample_bytes = kBytesPerSample + kBytesPerResponseToken * rollout.max_response_tokens +
                      kBytesPerPromptToken * rollout.max_prompt_tokens;
  plan.steps_in_redis = StepsInRedis(config);
  const double manifest =
      rows * kBytesPerManifestRow + static_cast<double>(plan.replayed_per_step) *
                                        kBytesPerPromptToken * rollout.max_prompt_tokens;
  plan.redis_bytes = static_cast<double>(plan.steps_in_redis) * responses * plan.sample_bytes +
                     config.learner.total_steps * manifest;
  plan.learner_bytes = LearnerBytes(config, inputs);
  const CheckpointConfig& checkpoint = config.checkpoint;
  plan.checkpoints_kept = checkpoint.keep_last + checkpoint.keep_best;
  if (checkpoint.keep_every > 0) {
    plan.checkpoints_kept += config.learner.total_steps / checkpoint.keep_every;
  }
  plan.checkpoint_bytes =
      config.lora.rank > 0
          ? kAdapterCheckpointBytesPerParameter * inputs.adapter_parameters
          : (kCheckpointBytesPerParameter + BytesPerParameter(config)) * inputs.parameters;
  if (config.objective.reference_refresh_steps > 0) {
    plan.checkpoint_bytes += BytesPerParameter(config) * inputs.parameters;  // The reference.
  }
  return plan;
}

absl::Status CountParameters(const std::string& folder, const LoraConfig& lora,
                             PlanInputs& inputs) {
  HIR_RETURN_IF_ERROR(CheckModelFolder(folder));
  HIR_ASSIGN_OR_RETURN(const Architecture architecture, ReadArchitecture(folder));
  inputs.parameters = static_cast<double>(ParameterCount(architecture));
  inputs.adapter_parameters = static_cast<double>(
      AdapterParameters(AdaptedWeights(architecture, LoraTargetNames(lora)), lora.rank));
  return absl::OkStatus();
}

}  // namespace hir
