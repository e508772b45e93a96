// AdamW over one flat buffer of parameters.
//
// Source: "Decoupled weight decay regularization", arXiv:1711.05101, as PyTorch's AdamW computes
// it.
#ifndef HIR_TRAIN_ADAMW_H_
#define HIR_TRAIN_ADAMW_H_

#include <torch/torch.h>

#include <cstdint>

#include "absl/types/span.h"
#include "hir/config/run_config.h"

namespace hir {

// AdamW's state for P parameters.
struct AdamWState {
  // Moments of `parameters` values, zero.
  explicit AdamWState(const at::Tensor& parameters)
      : first_moment(at::zeros_like(parameters)), second_moment(at::zeros_like(parameters)) {}

  at::Tensor first_moment;   // [P] float32.
  at::Tensor second_moment;  // [P] float32.
  int64_t updates = 0;       // Applied so far.
};

// Neighbours in the flat buffer that the optimizer treats alike.
struct ParameterRange {
  int64_t begin = 0;
  int64_t length = 0;
  bool decays = true;  // By options.weight_decay.
};

// Changes `parameters` [P] float32 in place by one step along `gradients` [P] float32, at the rate
// `lr`; that of `options` is not read. `ranges` cover the parameters.
void AdamWStep(const at::Tensor& parameters, const at::Tensor& gradients,
               absl::Span<const ParameterRange> ranges, double lr, const OptimizerConfig& options,
               AdamWState& state);

// Euclidean norm of `gradients` [P]; pieces are summed in float32, their sums in float64.
double GlobalNorm(const at::Tensor& gradients);

// Scales `gradients` in place so that their norm is at most `max_norm` (0 = no bound); returns the
// norm before.
double ClipGlobalNorm(const at::Tensor& gradients, double max_norm);

}  // namespace hir

#endif  // HIR_TRAIN_ADAMW_H_
