// The numbers that describe the batch of a step to people and to the learner's metrics.
#ifndef HIR_BATCH_FACTS_H_
#define HIR_BATCH_FACTS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "hir/batch/rewriting.h"
#include "hir/batch/step_input.h"
#include "hir/config/run_config.h"
#include "hir/domain/reward.h"

namespace hir {

// replay.proto defines each field; means over nothing are 0.
struct StepFacts {
  int64_t step = 1;
  uint32_t originals = 0;
  uint32_t abandoned_tasks = 0;
  std::string abandon_reason;
  absl::Time first_insert;  // InfinitePast: there is none.
  absl::Time frozen_at;

  // Of the verdicts.
  uint32_t unknown = 0;      // Rewards.
  uint32_t unknown_ila = 0;  // Of reward_density.
  double reward_density = 0;
  double reward_mean = 0;
  double reward_std = 0;
  double reward_min = 0;
  double reward_max = 0;
  double constraint_accuracy = 0;
  double zero_variance_group_ratio = 0;

  // Of the tokens.
  uint64_t prompt_tokens = 0;
  uint64_t response_tokens = 0;
  double response_tokens_mean = 0;
  uint32_t response_tokens_min = 0;
  uint32_t response_tokens_max = 0;
  uint32_t truncated = 0;
  uint32_t reasoning_unended = 0;
  double entropy_mean_nats = 0;
  uint32_t max_staleness = 0;

  // Of dynamic sampling (groups.h).
  uint32_t left_out_groups = 0;
  uint64_t left_out_tokens = 0;

  // Of the selection.
  uint32_t eligible = 0;
  uint32_t replayed = 0;
  uint32_t shortfall = 0;
  double lambda = 0;
  double score_mean = 0;
  double constraints_removed_mean = 0;
};

// REQUIRES: `selected` is of input.responses.
StepFacts ComputeFacts(const StepInput& input, const StepSelection& selected,
                       const RunConfig& config);

// What the run's rule for rewards asks of the length of a response.
ResponseLength LengthOf(const ScoredResponse& response, const RunConfig& config);

}  // namespace hir

#endif  // HIR_BATCH_FACTS_H_
