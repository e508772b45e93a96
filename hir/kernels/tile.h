// Sums of products of a few rows and one block of packed weights: the inner loop of matmul.h and of
// attention. Only for files that are compiled once per instruction set, as vector_math.h.
#ifndef HIR_KERNELS_TILE_H_
#define HIR_KERNELS_TILE_H_

#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "hir/kernels/bf16.h"
#include "hir/kernels/matmul.h"

namespace hir::kernels {
namespace {

// As wide as a register, so that every sum of a tile stays in one. A tile has `kTileRows` rows and
// as many vectors as leave registers for the weights and for an input.
#if defined(__AVX512F__)
inline constexpr int kWidth = 16;
inline constexpr int kTileRows = 6;
#elif defined(__AVX2__)
inline constexpr int kWidth = 8;
inline constexpr int kTileRows = 4;
#else
inline constexpr int kWidth = 4;
inline constexpr int kTileRows = 4;
#endif
constexpr int TileVectors(int rows) { return kWidth == 16 || rows == 2 ? 4 : rows == 1 ? 8 : 2; }

typedef float Wide __attribute__((vector_size(kWidth * 4)));
typedef uint32_t WideBits __attribute__((vector_size(kWidth * 4)));

// Lines of memory to fetch into the cache on the way.
struct Fetch {
  const char* at;
  int64_t lines;
};

template <typename Vector>
inline Vector LoadVector(const void* p) {
  Vector v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}

// a b + c with one rounding wherever the instruction set has that. Said by name, since a compiler
// that fuses a product and a sum in one loop and not in another gives the same row other bits.
inline Wide MultiplyAdd(Wide a, Wide b, Wide c) {
#if defined(__AVX512F__)
  return (Wide)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__)
  return (Wide)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

// One group of inputs of `rows` rows against `vectors` vectors of weights: sums[r][v] += x_r w_v.
template <int rows, int vectors>
inline void AddGroup(const float* x, int64_t stride, const float* w, Wide (&sums)[rows][vectors]) {
  Wide weights[vectors];
  for (int v = 0; v < vectors; ++v) weights[v] = LoadVector<Wide>(w + v * kWidth);
  for (int r = 0; r < rows; ++r) {
    const Wide input = Wide{} + x[r * stride];
    for (int v = 0; v < vectors; ++v) sums[r][v] = MultiplyAdd(input, weights[v], sums[r][v]);
  }
}

inline uint32_t Pair(const Bf16* x) {
  uint32_t pair;
  __builtin_memcpy(&pair, x, sizeof(pair));
  return pair;
}

// `first_only`: the second input of the group doesn't exist.
template <int rows, int vectors>
inline void AddGroup(const Bf16* x, int64_t stride, const Bf16* w, Wide (&sums)[rows][vectors],
                     bool first_only = false) {
  WideBits weights[vectors];
  for (int v = 0; v < vectors; ++v) weights[v] = LoadVector<WideBits>(w + v * kWidth * 2);
  for (int r = 0; r < rows; ++r) {
    const uint32_t pair = first_only ? x[r * stride].bits : Pair(x + r * stride);
#if defined(__AVX512BF16__)
    const __m512bh input = (__m512bh)_mm512_set1_epi32(static_cast<int>(pair));
    for (int v = 0; v < vectors; ++v) {
      sums[r][v] = (Wide)_mm512_dpbf16_ps((__m512)sums[r][v], input, (__m512bh)weights[v]);
    }
#else
    const Wide even = Wide{} + __builtin_bit_cast(float, pair << 16);
    const Wide odd = Wide{} + __builtin_bit_cast(float, pair & 0xffff0000u);
    for (int v = 0; v < vectors; ++v) {
      sums[r][v] = MultiplyAdd(even, (Wide)(weights[v] << 16), sums[r][v]);
      sums[r][v] = MultiplyAdd(odd, (Wide)(weights[v] & 0xffff0000u), sums[r][v]);
    }
#endif
  }
}

// sums [rows, kBlockOutputs] at the columns of `vectors` vectors = x [rows, inputs] times weights
// [groups][kBlockOutputs][kPackedInputs] at the same columns.
template <typename T, int rows, int vectors>
__attribute__((noinline)) void SumTile(const T* x, int64_t stride, const T* w, int64_t inputs,
                                       Fetch fetch, float* out) {
  constexpr int64_t kGroup = kPackedInputs<T>;
  constexpr int64_t kStep = kBlockOutputs * kGroup;  // Elements from one group to the next.
  constexpr int64_t kUnrolled = 4;
  Wide sums[rows][vectors] = {};
  const int64_t groups = inputs / kGroup;
  const int64_t turns = groups / kUnrolled;
  const int64_t lines_per_turn = turns > 0 ? (fetch.lines + turns - 1) / turns : 0;
  int64_t g = 0;
  for (; g + kUnrolled <= groups; g += kUnrolled) {
    for (int64_t i = 0; i < lines_per_turn; ++i) {
      // Past the end nothing is wrong with a fetch but its cost.
      __builtin_prefetch(fetch.at, 0, 2);
      fetch.at += 64;
    }
#pragma GCC unroll 4
    for (int64_t i = 0; i < kUnrolled; ++i) {
      AddGroup<rows, vectors>(x + (g + i) * kGroup, stride, w + (g + i) * kStep, sums);
    }
  }
  for (; g < groups; ++g) AddGroup<rows, vectors>(x + g * kGroup, stride, w + g * kStep, sums);
  if constexpr (kGroup == 2) {
    if (inputs % 2 != 0) {
      AddGroup<rows, vectors>(x + g * kGroup, stride, w + g * kStep, sums, true);
    }
  }
  for (int r = 0; r < rows; ++r) {
    __builtin_memcpy(out + r * kBlockOutputs, &sums[r], sizeof(sums[r]));
  }
}

// The columns [begin, end) of a block, multiples of 16 columns.
template <typename T, int rows>
void SumColumns(const T* x, int64_t stride, const T* w, int64_t inputs, int64_t begin, int64_t end,
                Fetch fetch, float* out) {
  constexpr int kMost = TileVectors(rows);
  int64_t c = begin;
  for (; c + kMost * kWidth <= end; c += kMost * kWidth) {
    SumTile<T, rows, kMost>(x, stride, w + c * kPackedInputs<T>, inputs, fetch, out + c);
    fetch.lines = 0;
  }
  constexpr int kHalf = kMost > 1 ? kMost / 2 : 1;
  for (; c + kHalf * kWidth <= end; c += kHalf * kWidth) {
    SumTile<T, rows, kHalf>(x, stride, w + c * kPackedInputs<T>, inputs, fetch, out + c);
    fetch.lines = 0;
  }
  for (; c < end; c += kWidth) {
    SumTile<T, rows, 1>(x, stride, w + c * kPackedInputs<T>, inputs, fetch, out + c);
    fetch.lines = 0;
  }
}

// As SumColumns for any number of rows up to kTileRows.
template <typename T, int most = kTileRows>
void SumRows(const T* x, int64_t stride, int64_t rows, const T* w, int64_t inputs, int64_t begin,
             int64_t end, Fetch fetch, float* out) {
  if constexpr (most > 1) {
    if (rows < most)
      return SumRows<T, most - 1>(x, stride, rows, w, inputs, begin, end, fetch, out);
  }
  SumColumns<T, most>(x, stride, w, inputs, begin, end, fetch, out);
}

}  // namespace
}  // namespace hir::kernels

#endif  // HIR_KERNELS_TILE_H_
