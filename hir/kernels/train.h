// Element-wise and row-wise passes of training, forward and backward:
// CpuKernels<TrainKernels<T>>() are those for this processor.
//
// `T` is float or Bf16; arithmetic is float32 with one rounding where a value is stored. Matrices
// are row-major and contiguous unless a stride is given. All functions are pure and thread-safe;
// callers spread rows over threads.
#ifndef HIR_KERNELS_TRAIN_H_
#define HIR_KERNELS_TRAIN_H_

#include <cstdint>

#include "hir/kernels/bf16.h"

namespace hir::kernels {

// Scores of `rows` queries against `columns` keys, of which query r sees the first
// first_visible + r % period ones, or the last `window` of these.
struct CausalRows {
  int64_t rows;
  int64_t columns;
  int64_t period;
  int64_t first_visible;
  int64_t window = 0;  // 0: all of them.
};

// One line of logits under softmax(logits / temperature).
struct LineStatistics {
  float max_logit;
  float log_sum;  // log sum exp((logit - max_logit) / temperature).
};

template <typename T>
struct TrainKernels {
  // out = x / sqrt(mean(x^2) + eps) * weight; x and out [rows, width].
  void (*rms_norm)(const T* x, const float* weight, int64_t rows, int64_t width, float eps, T* out);
  // Gradients of rms_norm: writes dx, adds to dweight [width].
  void (*rms_norm_grad)(const T* x, const float* weight, const T* dout, int64_t rows, int64_t width,
                        float eps, T* dx, float* dweight);

  // Rotates `heads` heads of `head_dim` of every row by the angles whose cosines and sines are
  // [rows, head_dim / 2]; `direction` is 1 or, to undo a rotation, -1. Strides in values.
  void (*rope)(const T* x, int64_t x_stride, const float* cosine, const float* sine, int64_t rows,
               int64_t heads, int64_t head_dim, float direction, T* out, int64_t out_stride);

  // out [rows, width] = silu(gate) * up; gate_up [rows, 2 * width].
  void (*swiglu)(const T* gate_up, int64_t rows, int64_t width, T* out);
  void (*swiglu_grad)(const T* gate_up, const T* dout, int64_t rows, int64_t width, T* dgate_up);
  // The same with gelu(gate), in its form with tanh.
  void (*geglu)(const T* gate_up, int64_t rows, int64_t width, T* out);
  void (*geglu_grad)(const T* gate_up, const T* dout, int64_t rows, int64_t width, T* dgate_up);

  // scores [rows, columns] become softmax(scale * scores) over the columns that each row sees, 0
  // elsewhere; log_sums [rows] = log sum exp(scale * scores).
  void (*softmax)(T* scores, const CausalRows& shape, float scale, float* log_sums);
  // scores become probabilities as above; dprobs [rows, columns] becomes the gradient of the
  // unscaled scores, `dots` [rows] being the sum of probability * dprobs of each row.
  void (*softmax_grad)(T* scores, T* dprobs, const CausalRows& shape, float scale,
                       const float* log_sums, const float* dots);

  LineStatistics (*line_statistics)(const T* logits, int64_t count, float inverse_temperature);
  // dlogits = dout * inverse_temperature * (one_hot(target) - softmax(logits / temperature)).
  void (*log_prob_grad)(const T* logits, int64_t count, float inverse_temperature,
                        const LineStatistics& statistics, int64_t target, float dout, T* dlogits);
};

}  // namespace hir::kernels

#endif  // HIR_KERNELS_TRAIN_H_
