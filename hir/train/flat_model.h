// A model's parameters during training: what is trained, all weights or low-rank adapters beside
// some of them, in flat float32 buffers, and weights in the compute type for forward and backward.
#ifndef HIR_TRAIN_FLAT_MODEL_H_
#define HIR_TRAIN_FLAT_MODEL_H_

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hir/model/lora.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/train/adamw.h"

namespace hir {

// Which adapters are trained.
struct LoraOptions {
  int64_t rank = 0;  // 0 = none: all weights are trained.
  double alpha = 0;
  std::vector<std::string> targets;  // Names of modules: "q_proj" and so on.
  uint64_t seed = 0;                 // Of their start values.
};

// P = number of trained parameters: those of all weights in the order of ExpectedTensors(), or of
// all adapters (A, then B) in the order of AdaptedWeights(); each tensor row-major. Backward passes
// through compute() add to gradients() and leave no gradient on its tensors, so that only one
// weight's gradient exists in the compute type at a time.
//
// Adapters are merged into the weights that forward and backward use, so that the trained policy is
// the served one, rounding included, and both ways of training share all code but the gradient's
// last step: G of a weight becomes scale * B' G of A and scale * G A' of B. The other weights and
// the base of the adapted ones are held once, in the compute type. Not thread-safe.
class FlatModel {
 public:
  // Computes in `compute_type`. All weights: copies the values of `weights`, which are float32.
  // Adapters: keeps `weights`, without a copy where they have the compute type.
  FlatModel(const Architecture& architecture, const ModelWeights& weights,
            at::ScalarType compute_type, const LoraOptions& lora = {});

  const Architecture& architecture() const { return architecture_; }
  const at::Tensor& master() const { return master_; }        // [P] float32.
  const at::Tensor& gradients() const { return gradients_; }  // [P] float32.
  // Equal to the master weights, or the base with the adapters merged into it, rounded to the
  // compute type. Those that are trained are leaves that require gradients.
  const ModelWeights& compute() const { return compute_; }

  // The parameters in order. Norms and biases, which have one dimension, don't decay.
  const std::vector<ParameterRange>& ranges() const { return ranges_; }

  // The adapters, whose tensors are parts of master(), and the weights that they are beside, which
  // never change. Unset if all weights are trained.
  const std::optional<LoraAdapters>& adapters() const { return adapters_; }
  const std::optional<ModelWeights>& base() const { return base_; }

  void ZeroGradients() { gradients_.zero_(); }
  // Updates compute() after master() has changed.
  void RefreshCompute();
  // Whether every value of compute() is finite: no NaN, and none too large for its type.
  bool IsFinite() const;

 private:
  // An adapted weight.
  struct Merge {
    at::Tensor base;
    at::Tensor merged;  // Part of compute_flat_.
  };

  void TrainWeights(const ModelWeights& weights, at::ScalarType compute_type);
  void TrainAdapters(const ModelWeights& weights, at::ScalarType compute_type,
                     const LoraOptions& lora);
  // A part of compute_ for the next values of compute_flat_, whose gradient goes to `hook`.
  at::Tensor Leaf(const at::Tensor& like, int64_t offset,
                  std::unique_ptr<torch::autograd::PostAccumulateGradHook> hook) const;

  Architecture architecture_;
  at::Tensor master_;
  at::Tensor gradients_;
  // The weights that change, of the compute type; master_ itself when all are trained in float32.
  at::Tensor compute_flat_;
  ModelWeights compute_;
  std::optional<LoraAdapters> adapters_;
  std::optional<ModelWeights> base_;
  std::vector<Merge> merges_;  // One for each of the adapters.
  std::vector<ParameterRange> ranges_;
};

}  // namespace hir

#endif  // HIR_TRAIN_FLAT_MODEL_H_
