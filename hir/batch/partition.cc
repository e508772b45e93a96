#include "hir/batch/partition.h"

namespace hir {

std::vector<RowRange> CutIntoMiniBatches(size_t rows, size_t mini_batches) {
  // The first i with i * mini_batches / rows, rounded down, of at least `part`.
  const auto begin = [&](size_t part) { return (part * rows + mini_batches - 1) / mini_batches; };
  std::vector<RowRange> ranges;
  ranges.reserve(mini_batches);
  for (size_t part = 0; part < mini_batches; ++part) {
    ranges.push_back({begin(part), begin(part + 1)});
  }
  return ranges;
}

}  // namespace hir
