// Makes the batch of a step: selects failures, rewrites their instructions, and orders originals
// and replayed rows. No I/O; equal inputs give equal batches.
#ifndef HIR_BATCH_BATCH_H_
#define HIR_BATCH_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/batch/facts.h"
#include "hir/batch/rewriting.h"
#include "hir/batch/step_input.h"
#include "hir/config/run_config.h"
#include "hir/hindsight/selector.h"

namespace hir {

struct BatchRow {
  size_t response = 0;             // Index into StepInput.responses.
  std::optional<size_t> replayed;  // Index into Batch.replayed; nullopt: an original.
  uint32_t tokens = 0;             // Prompt and response.
  bool included = true;            // False: out of loss and advantages: its reward is unknown,
                                   // or it was cut and objective.truncated is mask.
  double reward = 0;               // By objective.reward; an unknown one counts as 0.
};

struct Batch {
  StepFacts facts;
  std::vector<BatchRow> rows;  // Originals by id, each replayed one directly after its parent.
  Selection selection;         // Indices into StepInput.responses.
  std::vector<Replayed> replayed;
  uint32_t mini_batches = 1;  // The number of mini-batches of the rows: objective.updates_per_step.
};

// Errors: SelectAndRewrite().
absl::StatusOr<Batch> BuildBatch(const StepInput& input, const RunConfig& config,
                                 EncodeText encode);

}  // namespace hir

#endif  // HIR_BATCH_BATCH_H_
