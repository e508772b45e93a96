// Estimates the resources that a run needs, before it is started.
#ifndef HIR_DRIVER_PLAN_H_
#define HIR_DRIVER_PLAN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "hir/config/run_config.h"

namespace hir {

// Inputs that are not in a run's configuration.
struct PlanInputs {
  double parameters = 0;                // Of the model; > 0.
  double adapter_parameters = 0;        // With lora.rank: numbers in the adapters.
  int workers = 1;                      // Rollout workers; >= 1.
  int learners = 1;                     // Ranks; >= 1.
  double decode_tokens_per_second = 0;  // Of one worker; 0: not known.
  double train_tokens_per_second = 0;   // Of one rank; 0: not known.
};

// Assumes responses of the maximum length; real ones are shorter.
struct RunPlan {
  int64_t responses_per_step = 0;  // At most: with all replacements of dynamic sampling.
  int64_t replayed_per_step = 0;   // At most.
  double response_tokens = 0;      // Per step.
  double trained_tokens = 0;       // Prompt and response, originals and replayed; per step.
  double step_seconds = 0;         // Rollout, then training; 0: a rate is not known.
  double weights_bytes = 0;        // Of one copy as it is served and sent.
  double sample_bytes = 0;         // Of one response in Redis.
  int64_t steps_in_redis = 0;      // Whose samples Redis holds at once.
  double redis_bytes = 0;          // Samples of those steps, and manifests of all.
  double learner_bytes = 0;        // State of one rank, without activations.
  double checkpoint_bytes = 0;     // One.
  int64_t checkpoints_kept = 0;    // At most, when the run ends.
};

RunPlan PlanRun(const RunConfig& config, const PlanInputs& inputs);

// Sets `parameters` to those of the model in `folder`, a tied head counted once, and
// `adapter_parameters` to those of the run's adapters. Errors of CheckModelFolder().
absl::Status CountParameters(const std::string& folder, const LoraConfig& lora, PlanInputs& inputs);

}  // namespace hir

#endif  // HIR_DRIVER_PLAN_H_
