// Advantages: returns normalised to zero mean and unit variance over all tokens of a batch, which
// may be spread over several processes.
//
// Source: REINFORCE++, arXiv:2501.03262. Statistics are float64 and take two passes, since
// returns of a batch may differ by less than the square root of their rounding error. Thread-safe.
#ifndef HIR_OBJECTIVE_WHITENING_H_
#define HIR_OBJECTIVE_WHITENING_H_

#include <torch/torch.h>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hir {

inline constexpr double kWhiteningEpsilon = 1e-8;  // Added to the variance, inside the root.

// Adds `values` up over all processes that hold a part of the batch, in place. `what` names them in
// errors. A process that holds the whole batch leaves them as they are.
using SumOverProcesses = absl::FunctionRef<absl::Status(at::Tensor& values, const char* what)>;

// Returns (x - mean) / sqrt(unbiased variance + kWhiteningEpsilon) of this process's `returns`
// [tokens], float64 [tokens]; mean and variance are of all processes' returns. A batch of fewer
// than two tokens has variance 0. Calls `sum` twice. Errors: those of `sum`.
absl::StatusOr<at::Tensor> Whiten(const at::Tensor& returns, SumOverProcesses sum);

}  // namespace hir

#endif  // HIR_OBJECTIVE_WHITENING_H_
