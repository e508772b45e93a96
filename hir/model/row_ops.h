// Tensor interface to hir/kernels/train.h, without autograd. On other devices and types, which the
// kernels don't support, the same formulas run as tensor operations.
#ifndef HIR_MODEL_ROW_OPS_H_
#define HIR_MODEL_ROW_OPS_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>

#include "hir/model/rope.h"
#include "hir/model_folder/architecture.h"

namespace hir::internal {

// Whether the fused kernels accept tensors like `t`: on a CPU, float32 or bfloat16.
bool HasRowKernels(const at::Tensor& t);

// The functions down to RotateHeads() REQUIRE HasRowKernels() of their tensors, which share a type.

// `x` [..., W], `weight` [W]; multiplies by offset + weight.
at::Tensor RmsNormRows(const at::Tensor& x, const at::Tensor& weight, double eps, double offset);
// Gradients of `x` and `weight` of RmsNormRows(), given that of its result.
std::pair<at::Tensor, at::Tensor> RmsNormRowsGrad(const at::Tensor& x, const at::Tensor& weight,
                                                  const at::Tensor& dout, double eps,
                                                  double offset);

// `gate_up` [N, 2 * I] -> [N, I].
at::Tensor GatedRows(const at::Tensor& gate_up, Activation activation);
at::Tensor GatedRowsGrad(const at::Tensor& gate_up, Activation activation, const at::Tensor& dout);

// Writes the heads of `x` [N, heads, D], rotated by `rope` or (`direction` -1) back, into `out` of
// the same shape. Both may have any row stride; a row's heads are contiguous.
void RotateHeads(const at::Tensor& x, const RopeTable& rope, int direction, const at::Tensor& out);

// Scores of one block of queries against the keys that the last of them sees. Query row r (of all
// rows of all heads) sees the first first_visible + r % queries keys, or the last `window` of
// these.
struct ScoreBlock {
  int64_t queries;
  int64_t first_visible;
  double scale;
  int64_t window = 0;  // 0: all of them.
};

// Turns `scores` [..., keys] into probabilities in place and returns log sum exp of each row, flat,
// float32 (float64 for float64). Any device and type.
at::Tensor SoftmaxInPlace(at::Tensor& scores, const ScoreBlock& block);

// Turns `scores` into probabilities and `dprobs` (their gradient) into the gradient of the scores,
// in place. `log_sums` and `dots` (row sums of probability * dprobs) are flat.
void SoftmaxGradInPlace(at::Tensor& scores, at::Tensor& dprobs, const ScoreBlock& block,
                        const at::Tensor& log_sums, const at::Tensor& dots);

// The results of one pass over logits [N, V], in float32 (float64 for float64 logits).
struct LogProbRows {
  at::Tensor log_probs;   // [N]: of the targets under softmax(logits / temperature).
  at::Tensor statistics;  // [N, ...]: for ScoreRowsGrad().
};

// `targets` [N] int64. Any device and type.
LogProbRows ScoreRows(const at::Tensor& logits, const at::Tensor& targets, double temperature);

// The gradient of `logits`, given that of log_probs.
at::Tensor ScoreRowsGrad(const at::Tensor& logits, const at::Tensor& targets, double temperature,
                         const at::Tensor& statistics, const at::Tensor& dlog_probs);

}  // namespace hir::internal

#endif  // HIR_MODEL_ROW_OPS_H_
