// Facts about the whole batch that every rank needs, and their exchange between the ranks.
#ifndef HIR_TRAIN_BATCH_FACTS_H_
#define HIR_TRAIN_BATCH_FACTS_H_

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hir/batch/partition.h"
#include "hir/collective/process_group.h"
#include "hir/config/choices.h"
#include "hir/train/training_sample.h"

namespace hir {

inline constexpr absl::Duration kCollectiveTimeout =
    absl::Minutes(30);  // Allows for waiting for other ranks' forward passes.

// One row of the batch, of any rank.
struct RowFacts {
  uint64_t task = 0;
  bool replayed = false;
  bool included = false;
  double reward = 0;
  int64_t response_tokens = 0;
};

// Returns the facts of all `rows` rows, given each rank's own. Collective.
// INVALID_ARGUMENT: a row number out of range, or a row without response or prompt, or without one
// log-probability per token; the message names it.
absl::StatusOr<std::vector<RowFacts>> GatherRowFacts(absl::Span<const TrainingSample> mine,
                                                     uint32_t rows, ProcessGroup& group);

// Response tokens of the included rows in `range`.
int64_t CountTokens(absl::Span<const RowFacts> facts, RowRange range);

// Included rows in `range`.
int64_t CountRows(absl::Span<const RowFacts> facts, RowRange range);

// Whether the rewards of the included rows in `range` leave something to learn: they differ from
// each other or, for an estimator that compares the rows of a group (group_advantages.h), at least
// one of them differs from another reward of its group, in or outside `range`.
bool HasSignal(absl::Span<const RowFacts> facts, RowRange range, AdvantageEstimator estimator);

}  // namespace hir

#endif  // HIR_TRAIN_BATCH_FACTS_H_
