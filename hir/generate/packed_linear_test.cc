// Compares products with float64, for sizes that are packed and sizes that never are (bfloat16 with
// an odd number of inputs).
#include "hir/generate/packed_linear.h"

#include <gtest/gtest.h>

#include "hir/kernels/bf16.h"

namespace hir {
namespace {

struct Size {
  int64_t rows;
  int64_t inputs;
  int64_t outputs;
};

// The buffer has the padded number of rows; those past `rows` are zero.
at::Tensor Inputs(const Size& size, at::ScalarType type) {
  at::Tensor x = at::zeros({RoundUpRows(size.rows), size.inputs}, type);
  x.narrow(0, 0, size.rows).copy_(at::randn({size.rows, size.inputs}));
  return x;
}

// Largest difference, as a share of the largest value.
double Error(const at::Tensor& found, const at::Tensor& expected) {
  return ((found.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

template <typename T>
void CheckProducts(const Size& size, at::ScalarType type, double tolerance) {
  at::manual_seed(3);
  const at::Tensor first = at::randn({size.outputs, size.inputs}).to(type);
  const at::Tensor second = at::randn({7, size.inputs}).to(type);
  const at::Tensor first_bias = at::randn({size.outputs}).to(type);
  const at::Tensor second_bias = at::randn({7}).to(type);
  const at::Tensor x = Inputs(size, type);
  const at::Tensor weights = at::cat({first, second}).to(at::kDouble);
  const at::Tensor product = at::matmul(x.to(at::kDouble), weights.t());

  const PackedLinear<T> biased({first, second}, {first_bias, second_bias});
  at::Tensor y = at::empty({x.size(0), size.outputs + 7}, type);
  biased.Run(static_cast<const T*>(x.const_data_ptr()), size.rows,
             static_cast<T*>(y.mutable_data_ptr()));
  EXPECT_LT(Error(y.narrow(0, 0, size.rows),
                  (product + at::cat({first_bias, second_bias})).narrow(0, 0, size.rows)),
            tolerance);

  const PackedLinear<T> plain({first, second}, {});
  at::Tensor logits = at::empty({x.size(0), size.outputs + 7}, at::kFloat);
  plain.RunToFloat(static_cast<const T*>(x.const_data_ptr()), size.rows,
                   static_cast<float*>(logits.mutable_data_ptr()));
  EXPECT_LT(Error(logits.narrow(0, 0, size.rows), product.narrow(0, 0, size.rows)), tolerance);
}

class EverySize : public testing::TestWithParam<Size> {};

TEST_P(EverySize, Float32ProductsAgreeWithFloat64) {
  CheckProducts<float>(GetParam(), at::kFloat, 1e-5);
}

// Half a unit of 8 bits at the last rounding.
TEST_P(EverySize, Bf16ProductsAgreeWithFloat64) {
  CheckProducts<kernels::Bf16>(GetParam(), at::kBFloat16, 1.0 / 256);
}

INSTANTIATE_TEST_SUITE_P(Sizes, EverySize,
                         testing::Values(Size{1, 1, 1}, Size{1, 48, 57}, Size{5, 33, 64},
                                         Size{16, 64, 130}, Size{67, 47, 121}, Size{70, 96, 20}),
                         [](const auto& info) {
                           return std::to_string(info.param.rows) + "Rows" +
                                  std::to_string(info.param.inputs) + "Inputs";
                         });

}  // namespace
}  // namespace hir
