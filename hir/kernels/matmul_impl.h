// The bodies of matmul.h, compiled once per instruction set: a source file defines
// HIR_INSTRUCTION_SET and includes this. No library templates, as vector_math.h says.
#include "hir/kernels/dispatch.h"
#include "hir/kernels/matmul.h"
#include "hir/kernels/tile.h"
#include "hir/kernels/vector_math.h"

namespace hir::kernels {
namespace {

inline constexpr int64_t kLine = 64;  // Bytes of a line of the cache.

// The columns of one block that a share has, and the rows of one tile.
struct Part {
  int64_t block;
  int64_t begin, end;  // Columns of the block, in [0, kBlockOutputs].
  int64_t row, rows;
};

template <typename T, typename Out>
void StoreSums(const Matmul<T>& m, const float* sums, const Part& part) {
  Out* out = static_cast<Out*>(m.out);
  for (int64_t r = 0; r < part.rows; ++r) {
    for (int64_t c = part.begin; c < part.end; c += kLanes) {
      const int64_t o = part.block * kBlockOutputs + c;
      const int64_t n = m.outputs - o;
      if (n <= 0) break;
      Floats v = Load(sums + r * kBlockOutputs + c);
      if (m.bias != nullptr) v += Load(m.bias + o, n);
      Out* to = out + (part.row + r) * m.outputs + o;
      if (m.finish == Finish::kAdd) v = Load(to, n) + Rounded<T>(v);
      Store(v, n, to);
    }
  }
}

template <typename T>
void StoreGated(const Matmul<T>& m, const float* sums, const Part& part) {
  T* out = static_cast<T*>(m.out);
  for (int64_t r = 0; r < part.rows; ++r) {
    for (int64_t c = part.begin; c < part.end; c += 2 * kLanes) {
      const int64_t o = (part.block * kBlockOutputs + c) / 2;
      const int64_t n = m.outputs - o;
      if (n <= 0) break;
      const Floats gate = Rounded<T>(Load(sums + r * kBlockOutputs + c));
      const Floats up = Rounded<T>(Load(sums + r * kBlockOutputs + c + kLanes));
      const Floats active = m.finish == Finish::kGate ? Silu(gate) : GeluTanh(gate);
      Store(active * up, n, out + (part.row + r) * m.outputs + o);
    }
  }
}

template <typename T>
void FinishPart(const Matmul<T>& m, const float* sums, const Part& part) {
  switch (m.finish) {
    case Finish::kStore:
    case Finish::kAdd:
      return StoreSums<T, T>(m, sums, part);
    case Finish::kGate:
    case Finish::kGateGelu:
      return StoreGated(m, sums, part);
    case Finish::kToFloat:
      return StoreSums<T, float>(m, sums, part);
  }
}

template <typename T>
void FinishSums(const Matmul<T>& m, const float* sums, int64_t begin, int64_t first_row,
                int64_t rows) {
  FinishPart(m, sums, {begin / kBlockOutputs, 0, kBlockOutputs, first_row, rows});
}

// Memory that is fetched into the cache piece by piece while sums are computed.
struct Ahead {
  const char* at;
  int64_t lines;  // Still to fetch.
  int64_t lines_per_tile;

  Fetch Take() {
    const int64_t n = lines < lines_per_tile ? lines : lines_per_tile;
    const Fetch fetch{at, n};
    at += n * kLine;
    lines -= n;
    return fetch;
  }
};

template <typename T>
void MultiplyShare(const Matmul<T>& m, int64_t begin, int64_t end) {
  const int64_t groups = (m.inputs + kPackedInputs<T> - 1) / kPackedInputs<T>;
  const int64_t block_elements = groups * kPackedInputs<T> * kBlockOutputs;
  const int64_t block_lines = block_elements * static_cast<int64_t>(sizeof(T)) / kLine;
  const int64_t tiles = (m.rows + kTileRows - 1) / kTileRows;
  alignas(64) float sums[kTileRows * kBlockOutputs];
  for (int64_t o = begin; o < end;) {
    const int64_t block = o / kBlockOutputs;
    const int64_t first = o % kBlockOutputs;
    const int64_t last =
        end - block * kBlockOutputs < kBlockOutputs ? end - block * kBlockOutputs : kBlockOutputs;
    const T* weights = m.weights + block * block_elements;
    const bool more = (block + 1) * kBlockOutputs < end;
    // While this block is computed, the next one comes from memory.
    Ahead ahead{reinterpret_cast<const char*>(weights + block_elements), block_lines, 0};
    if (!more) ahead = {static_cast<const char*>(m.next), m.next_bytes / kLine, 0};
    ahead.lines_per_tile = (ahead.lines + tiles - 1) / tiles;
    int64_t row = 0;
    for (int64_t t = 0; t < tiles; ++t) {
      // Tiles of nearly equal height.
      const int64_t rows = (m.rows - row) / (tiles - t);
      SumRows(m.x + row * m.inputs, m.inputs, rows, weights, m.inputs, first, last, ahead.Take(),
              sums);
      FinishPart(m, sums, {block, first, last, row, rows});
      row += rows;
    }
    o = (block + 1) * kBlockOutputs;
  }
}

template <typename T>
constexpr MatmulKernels<T> kCompiledMatmul = {MultiplyShare<T>, FinishSums<T>};

}  // namespace

// Each file that includes this defines two specializations of its own.
// NOLINTBEGIN(misc-definitions-in-headers)
template <>
const MatmulKernels<float>&
CompiledFor<MatmulKernels<float>, InstructionSet::HIR_INSTRUCTION_SET>() {
  return kCompiledMatmul<float>;
}
template <>
const MatmulKernels<Bf16>& CompiledFor<MatmulKernels<Bf16>, InstructionSet::HIR_INSTRUCTION_SET>() {
  return kCompiledMatmul<Bf16>;
}
// NOLINTEND(misc-definitions-in-headers)

}  // namespace hir::kernels
