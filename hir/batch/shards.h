// Deals the rows of a batch to the ranks of a learner.
#ifndef HIR_BATCH_SHARDS_H_
#define HIR_BATCH_SHARDS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace hir {

struct ShardRow {
  uint64_t task = 0;
  uint32_t tokens = 0;  // Prompt + response.
};

// Returns the rank of each row, in [0, world_size). Within each mini-batch (partition.h), whose
// ranks wait for each other, the rows of one task stay on one rank, so that they share their
// prompt's prefix, unless they hold more than an even share of its tokens; then they are cut into
// runs of at most about that. Pieces go, largest first, to the rank with the fewest tokens, so no
// rank gets more than an even share and one piece: about two even shares, or more where one row
// alone is longer than a share. A pure function of its arguments. REQUIRES: mini_batches > 0,
// world_size > 0. O(n log n).
std::vector<uint32_t> AssignShards(absl::Span<const ShardRow> rows, size_t mini_batches,
                                   uint32_t world_size);

}  // namespace hir

#endif  // HIR_BATCH_SHARDS_H_
