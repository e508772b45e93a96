// Cuts a batch into mini-batches: the only place that decides which rows are trained together.
// Replay balances the learner's ranks by it, and the learner makes one update per mini-batch.
#ifndef HIR_BATCH_PARTITION_H_
#define HIR_BATCH_PARTITION_H_

#include <cstddef>
#include <vector>

namespace hir {

// Rows [begin, end) of a batch.
struct RowRange {
  size_t begin = 0;
  size_t end = 0;

  size_t size() const { return end - begin; }
};

// Cuts `rows` rows in order: row i belongs to mini-batch i * mini_batches / rows, rounded down,
// however many ranks there are. Sizes differ by at most 1, so with fewer rows than mini-batches
// some are empty. REQUIRES: mini_batches > 0, rows * mini_batches < 2^64.
std::vector<RowRange> CutIntoMiniBatches(size_t rows, size_t mini_batches);

}  // namespace hir

#endif  // HIR_BATCH_PARTITION_H_
