// Kernels of the decoder and the sampler: CpuKernels<DecodeKernels<T>>() are those for this
// processor.
//
// Everything here works on one row (one token, one head, one line of logits), so callers spread
// rows over threads as they like. `T` is float or Bf16; arithmetic is always float32 with one
// rounding where a value is stored. All functions are pure and thread-safe.
#ifndef HIR_KERNELS_DECODE_H_
#define HIR_KERNELS_DECODE_H_

#include <cstdint>

#include "hir/kernels/bf16.h"

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

// A run of cached tokens of one key-value head: keys transposed [head_size, kPageTokens], values
// [kPageTokens, head_size], the first `tokens` of them valid.
template <typename T>
struct KvSegment {
  const T* keys;
  const T* values;
  int tokens;  // In [1, kPageTokens].
};

template <typename T>
struct DecodeKernels {
  // Softmax sums of `count` logits. `block_sums` receives sum exp(z) of every block of
  // kSoftmaxBlock logits: ceil(count / kSoftmaxBlock) values. exp has a relative error below 3e-7.
  SoftmaxSums (*softmax_sums)(const float* logits, int64_t count, float inverse_temperature,
                              float* block_sums);

  // Attention of `group` query heads [group, head_size] that share one key-value head, over the
  // segments in order: out [group, head_size] = softmax(scale q K) V. `scratch` holds
  // AttentionScratch(...) floats.
  void (*attend)(const T* queries, int group, int head_size, const KvSegment<T>* segments,
                 int segment_count, float scale, float* scratch, T* out);

  // x += delta (skipped when null), then out = x / rms(x) * weight. All [size]; out may be x when
  // delta is null.
  void (*add_rms_norm)(T* x, const T* delta, const T* weight, int64_t size, float epsilon, T* out);

  // Rotates the two halves of one head: x [head_size], cosine and sine [head_size / 2].
  void (*rope)(T* x, const float* cosine, const float* sine, int head_size);

  // out[i] = silu(gate[i]) * up[i] with gate = gate_up[0, size), up = gate_up[size, 2 size).
  void (*silu_mul)(const T* gate_up, int64_t size, T* out);

  // out[i] = x[i] + bias[i] (bias may be null), from float32.
  void (*store)(const float* x, const T* bias, int64_t size, T* out);
};

// Floats that `attend` needs as scratch for a context of `segment_count` segments.
inline int64_t AttentionScratch(int group, int head_size, int64_t segment_count) {
  return static_cast<int64_t>(group) * (segment_count * kPageTokens + head_size + 16);
}

}  // namespace hir::kernels

#endif  // HIR_KERNELS_DECODE_H_
