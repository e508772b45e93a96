// Deals the rows of a frozen batch to the ranks of a learner.
#ifndef HIR_SERVICES_REPLAY_SHARDING_H_
#define HIR_SERVICES_REPLAY_SHARDING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace hir {

struct ShardRow {
  uint64_t task = 0;
  uint32_t tokens = 0;  // Prompt + response.
};

// Index of the mini-batch that row `row` of `rows` belongs to, in [0, mini_batches): equal parts of
// the rows in order, the same for every world size. REQUIRES: row < rows, mini_batches > 0.
size_t MiniBatchOfRow(size_t row, size_t rows, size_t mini_batches);

// Returns the rank of each row, in [0, world_size). Within each mini-batch the rows of one task
// stay on one rank, so that they share their prompt's prefix, unless they hold more than an even
// share of its tokens; then they are cut into runs of at most about that. Pieces go, largest first,
// to the rank with the fewest tokens, so no rank gets more than an even share and one piece: about
// two even shares, or more where one row alone is longer than a share. A pure function of its
// arguments. REQUIRES: mini_batches > 0, world_size > 0. O(n log n).
std::vector<uint32_t> AssignShards(absl::Span<const ShardRow> rows, size_t mini_batches,
                                   uint32_t world_size);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_SHARDING_H_
