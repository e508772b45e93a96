// Compares products with float64, for sizes of one block and more, even and odd.
#include "hir/generate/packed_linear.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "hir/generate/large_memory.h"
#include "hir/kernels/bf16.h"

namespace hir {
namespace {

using kernels::Finish;

struct Size {
  int64_t rows;
  int64_t inputs;
  int64_t outputs;
};

// Largest difference, as a share of the largest value.
double Error(const at::Tensor& found, const at::Tensor& expected) {
  return ((found.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

template <typename T>
const T* Data(const at::Tensor& tensor) {
  return static_cast<const T*>(tensor.const_data_ptr());
}

// Two matrices stacked, one of them of seven outputs.
template <typename T>
class Stacked {
 public:
  Stacked(const Size& size, at::ScalarType type, Finish finish, ThreadTeam& team)
      : team_(team),
        first_(at::randn({size.outputs, size.inputs}).to(type)),
        second_(at::randn({7, size.inputs}).to(type)),
        bias_(at::randn({size.outputs + 7}).to(type)),
        product_(size.inputs, size.outputs + 7, finish),
        memory_(static_cast<size_t>(product_.elements()) * sizeof(T)) {
    product_.UseMemory(static_cast<T*>(memory_.data()));
    product_.Pack({{Data<T>(first_), Data<T>(bias_), size.outputs},
                   {Data<T>(second_), Data<T>(bias_) + size.outputs, 7}},
                  team);
  }

  void Run(const at::Tensor& x, at::Tensor& y) {
    team_.Run([&](int member) {
      product_.Run(Data<T>(x), x.size(0), y.mutable_data_ptr(), member, team_.size(), &product_);
    });
  }

  at::Tensor Expected(const at::Tensor& x) const {
    return at::linear(x.to(at::kDouble), at::cat({first_, second_}).to(at::kDouble),
                      bias_.to(at::kDouble));
  }

 private:
  ThreadTeam& team_;
  at::Tensor first_, second_, bias_;
  PackedLinear<T> product_;
  LargeMemory memory_;
};

template <typename T>
void CheckProducts(const Size& size, at::ScalarType type, double tolerance) {
  at::manual_seed(3);
  // More members than some products have shares.
  ThreadTeam team(3);
  const at::Tensor x = at::randn({size.rows, size.inputs}).to(type);
  Stacked<T> stored(size, type, Finish::kStore, team);
  at::Tensor y = at::empty({size.rows, size.outputs + 7}, type);
  stored.Run(x, y);
  EXPECT_LT(Error(y, stored.Expected(x)), tolerance);

  Stacked<T> to_float(size, type, Finish::kToFloat, team);
  at::Tensor logits = at::empty({size.rows, size.outputs + 7}, at::kFloat);
  to_float.Run(x, logits);
  EXPECT_LT(Error(logits, to_float.Expected(x)), 1e-5);
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

// The head serves as the embedding's table.
TEST(PackedLinear, GivesBackTheWeightsOfEachOutput) {
  ThreadTeam team(2);
  for (const int64_t inputs : {1, 48, 33}) {
    const at::Tensor matrix = at::randn({150, inputs}).to(at::kBFloat16);
    PackedLinear<kernels::Bf16> product(inputs, 150, Finish::kToFloat);
    const LargeMemory memory(static_cast<size_t>(product.elements()) * 2);
    product.UseMemory(static_cast<kernels::Bf16*>(memory.data()));
    product.Pack({{Data<kernels::Bf16>(matrix), nullptr, 150}}, team);
    at::Tensor row = at::empty({inputs}, at::kBFloat16);
    for (const int64_t output : {0, 63, 64, 149}) {
      product.CopyWeights(output, static_cast<kernels::Bf16*>(row.mutable_data_ptr()));
      EXPECT_TRUE(at::equal(row, matrix[output])) << output;
    }
  }
}

}  // namespace
}  // namespace hir
