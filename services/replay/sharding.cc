#include "services/replay/sharding.h"

#include <algorithm>
#include <map>

namespace hir {
namespace {

// Rows that go to one rank together.
struct Piece {
  uint64_t tokens = 0;
  std::vector<size_t> rows;
};

// Rows [begin, end), cut by task and then so that no piece of several rows passes `limit` tokens.
std::vector<Piece> CutIntoPieces(absl::Span<const ShardRow> rows, size_t begin, size_t end,
                                 uint64_t limit) {
  std::map<uint64_t, std::vector<size_t>> by_task;
  for (size_t i = begin; i < end; ++i) by_task[rows[i].task].push_back(i);
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

void DealMiniBatch(absl::Span<const ShardRow> rows, size_t begin, size_t end,
                   std::vector<uint32_t>& ranks, uint32_t world_size) {
  uint64_t total = 0;
  for (size_t i = begin; i < end; ++i) total += rows[i].tokens;
  const uint64_t even_share = (total + world_size - 1) / world_size;
  std::vector<Piece> pieces = CutIntoPieces(rows, begin, end, even_share);
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

size_t MiniBatchOfRow(size_t row, size_t rows, size_t mini_batches) {
  return row * mini_batches / rows;
}

std::vector<uint32_t> AssignShards(absl::Span<const ShardRow> rows, size_t mini_batches,
                                   uint32_t world_size) {
  std::vector<uint32_t> ranks(rows.size(), 0);
  size_t begin = 0;
  while (begin < rows.size()) {
    const size_t part = MiniBatchOfRow(begin, rows.size(), mini_batches);
    size_t end = begin + 1;
    while (end < rows.size() && MiniBatchOfRow(end, rows.size(), mini_batches) == part) ++end;
    DealMiniBatch(rows, begin, end, ranks, world_size);
    begin = end;
  }
  return ranks;
}

}  // namespace hir
