// A model's parameters during training: float32 master weights and gradients in flat buffers, and
// copies in the compute type for forward and backward.
#ifndef HIR_TRAIN_FLAT_MODEL_H_
#define HIR_TRAIN_FLAT_MODEL_H_

#include <torch/torch.h>

#include <vector>

#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/train/adamw.h"

namespace hir {

// P = number of parameters, in the order of ExpectedTensors(), each tensor row-major. Backward
// passes through compute() add to gradients() and leave no gradient on the copies, so that only one
// parameter's gradient exists in the compute type at a time. Not thread-safe.
class FlatModel {
 public:
  // Copies the values of `weights` (float32); computes in `compute_type`.
  FlatModel(const Architecture& architecture, const ModelWeights& weights,
            at::ScalarType compute_type);

  const Architecture& architecture() const { return architecture_; }
  const at::Tensor& master() const { return master_; }        // [P] float32.
  const at::Tensor& gradients() const { return gradients_; }  // [P] float32.
  // Leaves that require gradients; equal to the master weights rounded to the compute type.
  const ModelWeights& compute() const { return compute_; }

  // The parameters in order. Norms and biases, which have one dimension, don't decay.
  const std::vector<ParameterRange>& ranges() const { return ranges_; }

  void ZeroGradients() { gradients_.zero_(); }
  // Updates compute() after master() has changed.
  void RefreshCompute();
  // Whether every value of compute() is finite: no NaN, and none too large for its type.
  bool IsFinite() const;

 private:
  Architecture architecture_;
  at::Tensor master_;
  at::Tensor gradients_;
  at::Tensor compute_flat_;  // [P] of the compute type; master_ itself when that is float32.
  ModelWeights compute_;
  std::vector<ParameterRange> ranges_;
};

}  // namespace hir

#endif  // HIR_TRAIN_FLAT_MODEL_H_
