// The weight of an RMS norm as it multiplies.
#ifndef HIR_MODEL_NORM_FACTORS_H_
#define HIR_MODEL_NORM_FACTORS_H_

#include <ATen/ATen.h>

namespace hir {

// What a norm with this weight and offset multiplies by: offset + weight, float32 and contiguous,
// so that a weight in bfloat16 loses nothing.
inline at::Tensor NormFactors(const at::Tensor& weight, double offset) {
  const at::Tensor wide = weight.to(at::kFloat).contiguous();
  return offset == 0 ? wide : wide + offset;
}

}  // namespace hir

#endif  // HIR_MODEL_NORM_FACTORS_H_
