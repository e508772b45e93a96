// Cuts rows into pieces that fit into memory together, each prompt computed once for its rows.
#ifndef HIR_TRAIN_MICRO_BATCHES_H_
#define HIR_TRAIN_MICRO_BATCHES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace hir {

// A response under a prompt. Borrows both.
struct Sequence {
  absl::Span<const int32_t> prompt;
  absl::Span<const int32_t> response;
};

// Rows of equal prompts.
struct PromptGroup {
  absl::Span<const int32_t> prompt;
  std::vector<size_t> rows;  // Indices into the sequences.
};

struct MicroBatch {
  std::vector<PromptGroup> groups;
  int64_t tokens = 0;  // Distinct ones: each group's prompt once.

  // All rows, group by group.
  std::vector<size_t> Rows() const;
};

// Puts every sequence into exactly one micro-batch of at most `max_tokens` distinct tokens; a
// sequence that is longer by itself gets a micro-batch of its own. Prompts come in the order of
// their first sequence. A pure function; O(n log n) in the prompts.
std::vector<MicroBatch> PlanMicroBatches(absl::Span<const Sequence> sequences, int64_t max_tokens);

}  // namespace hir

#endif  // HIR_TRAIN_MICRO_BATCHES_H_
