// Divides rows into micro-batches that fit into memory, each of which computes a prompt once for
// all its rows.
#ifndef HIR_TRAIN_MICRO_BATCHES_H_
#define HIR_TRAIN_MICRO_BATCHES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace hir {

// A prompt and a response to it. Borrows both.
struct Sequence {
  absl::Span<const int32_t> prompt;
  absl::Span<const int32_t> response;
};

// Rows of equal prompts.
struct PromptGroup {
  absl::Span<const int32_t> prompt;
  std::vector<size_t> rows;  // Indices into the sequences.
};

// Rows that are computed together.
struct MicroBatch {
  std::vector<PromptGroup> groups;
  int64_t tokens = 0;  // Distinct tokens: each group's prompt counts once.

  // All rows, group by group.
  std::vector<size_t> Rows() const;
};

// Puts every sequence into exactly one micro-batch of at most `max_tokens` distinct tokens; a
// single sequence that is longer gets a micro-batch of its own. Prompts are in the order of their
// first sequence. Pure; O(n log n) in the number of prompts.
std::vector<MicroBatch> PlanMicroBatches(absl::Span<const Sequence> sequences, int64_t max_tokens);

}  // namespace hir

#endif  // HIR_TRAIN_MICRO_BATCHES_H_
