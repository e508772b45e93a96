#include "hir/batch/shards.h"

#include <algorithm>
#include <map>

#include "hir/batch/partition.h"

namespace hir {
namespace {

// Rows that go to one rank together.
struct Piece {
  uint64_t tokens = 0;
  std::vector<size_t> rows;
};

// The rows of `range`, cut by task and then so that no piece of several rows passes `limit` tokens.
std::vector<Piece> CutIntoPieces(absl::Span<const ShardRow> rows, RowRange range, uint64_t limit) {
  std::map<uint64_t, std::vector<size_t>> by_task;
  for (size_t i = range.begin; i < range.end; ++i) by_task[rows[i].task].push_back(i);
  std::vector<Piece> pieces;
  for (const auto& [task, members] : by_task) {
    Piece piece;
    for (size_t row : members) {
      if (!piece.rows.empty() && piece.tokens + rows[row].tokens > limit) {
        pieces.push_back(std::move(piece));
        piece = {};
      }
      piece.rows.push_back(row);
      piece.tokens += rows[row].tokens;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

void DealMiniBatch(absl::Span<const ShardRow> rows, RowRange mini_batch, uint32_t world_size,
                   std::vector<uint32_t>& ranks) {
  uint64_t total = 0;
  for (size_t i = mini_batch.begin; i < mini_batch.end; ++i) total += rows[i].tokens;
  const uint64_t even_share = (total + world_size - 1) / world_size;
  std::vector<Piece> pieces = CutIntoPieces(rows, mini_batch, even_share);
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.tokens > b.tokens; });
  std::vector<uint64_t> load(world_size, 0);
  for (const Piece& piece : pieces) {
    const auto lightest = std::min_element(load.begin(), load.end());
    *lightest += piece.tokens;
    for (size_t row : piece.rows) ranks[row] = static_cast<uint32_t>(lightest - load.begin());
  }
}

}  // namespace

std::vector<uint32_t> AssignShards(absl::Span<const ShardRow> rows, size_t mini_batches,
                                   uint32_t world_size) {
  std::vector<uint32_t> ranks(rows.size(), 0);
  for (const RowRange mini_batch : CutIntoMiniBatches(rows.size(), mini_batches)) {
    DealMiniBatch(rows, mini_batch, world_size, ranks);
  }
  return ranks;
}

}  // namespace hir
