// Kernels of the decoder and the sampler: CpuKernels<DecodeKernels<T>>() are those for this
// processor.
//
// Everything here works on one row (one token, one head, one line of logits) or on a few rows of
// one sequence, so callers spread rows over threads as they like. `T` is float or Bf16; arithmetic
// is always float32 with one rounding where a value is stored. A row's result depends, bit for bit,
// on that row only. All functions are pure and thread-safe.
#ifndef HIR_KERNELS_DECODE_H_
#define HIR_KERNELS_DECODE_H_

#include <cstdint>

#include "hir/kernels/bf16.h"
#include "hir/kernels/matmul.h"

namespace hir::kernels {

// Tokens of one page of the key-value cache.
inline constexpr int kPageTokens = 64;

// Logits summed into one block of SoftmaxSums; a draw looks inside a single block.
inline constexpr int kSoftmaxBlock = 512;

// Sums over one line of logits x with z = (x - max x) / temperature.
struct SoftmaxSums {
  float max_logit;
  double sum_exp;    // Sum of exp(z).
  double sum_z_exp;  // Sum of z exp(z).
};

// A run of cached tokens of one key-value head, the first `tokens` of kPageTokens valid, the others
// finite. Keys are packed as the weights of matmul.h are, with one output per token: [head_size /
// kPackedInputs][kPageTokens][kPackedInputs]; values are [kPageTokens, head_size].
template <typename T>
struct KvSegment {
  const T* keys;
  const T* values;
  int tokens;  // In [1, kPageTokens].
};
static_assert(kPageTokens == kBlockOutputs);

// Where element `i` of the key in `slot` of a page is.
template <typename T>
constexpr int64_t KeyOffset(int64_t slot, int64_t i) {
  return (i / kPackedInputs<T> * kPageTokens + slot) * kPackedInputs<T> + i % kPackedInputs<T>;
}

// Queries of consecutive tokens of one sequence, of the `group` heads that share one key-value
// head.
template <typename T>
struct Attention {
  const T* queries;  // Token r has its heads [group, head_size] at queries + r * query_stride.
  int64_t query_stride;
  int rows;
  int group;
  int head_size;  // Even.
  // The context of the last token; each token before it sees one less. With a window, each sees
  // only the last `window` of these tokens; what all see none of may be left out of the segments.
  const KvSegment<T>* segments;
  int64_t segment_count;
  float scale;
  int64_t window;  // 0: none.
  T* out;          // [group, head_size] at out + r * out_stride.
  int64_t out_stride;
};

template <typename T>
struct DecodeKernels {
  // Softmax sums of `count` logits. `block_sums` receives sum exp(z) of every block of
  // kSoftmaxBlock logits: ceil(count / kSoftmaxBlock) values. exp has a relative error below 3e-7.
  SoftmaxSums (*softmax_sums)(const float* logits, int64_t count, float inverse_temperature,
                              float* block_sums);

  // out = softmax(scale q K) V. `scratch` holds AttentionScratch() bytes, aligned to 64.
  void (*attend)(const Attention<T>& attention, void* scratch);

  // out = x / rms(x) * weight. All [size]; out may be x.
  void (*rms_norm)(const T* x, const float* weight, int64_t size, float epsilon, T* out);

  // x *= factor; [size].
  void (*scale)(T* x, float factor, int64_t size);

  // x += delta; both [size].
  void (*add)(T* x, const T* delta, int64_t size);

  // Rotates the two halves of one head: x [head_size], cosine and sine [head_size / 2].
  void (*rope)(T* x, const float* cosine, const float* sine, int head_size);
};

// Bytes that `attend` needs as scratch for `rows` tokens.
inline int64_t AttentionScratch(int64_t rows, int64_t group, int64_t head_size,
                                int64_t segment_count) {
  // Scores, sums of values, the sum of the weights and a copy of the query, each for every head.
  const int64_t floats = segment_count * kPageTokens + 2 * head_size + 1;
  return (rows * group * floats * 4 + 63) / 64 * 64;
}

}  // namespace hir::kernels

#endif  // HIR_KERNELS_DECODE_H_
