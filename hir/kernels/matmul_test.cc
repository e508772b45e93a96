// Each instruction set against sums in double; sets that this processor lacks are skipped.
#include "hir/kernels/matmul.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "hir/kernels/dispatch.h"
#include "hir/kernels/instruction_set_testing.h"
#include "hir/kernels/pack.h"
#include "hir/kernels/testing.h"

namespace hir::kernels {
namespace {

template <typename T>
std::vector<T> Normal(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<T> values(count);
  for (T& value : values) Assign(normal(random), value);
  return values;
}

// A product with weights of its own. Outputs, gates and inputs of any number.
template <typename T>
struct Product {
  Product(int64_t inputs, int64_t outputs, Finish finish)
      : inputs(inputs),
        outputs(outputs),
        finish(finish),
        packed_outputs(PackedOutputs(outputs, finish)),
        plain(Normal<T>((IsGated(finish) ? 2 : 1) * outputs * inputs, 1)),
        bias(Normal<T>(outputs, 2)),
        packed(PackedElements<T>(packed_outputs, inputs) + 64) {
    // 64 bytes are at most 32 elements, so the aligned part fits.
    const uintptr_t address = reinterpret_cast<uintptr_t>(packed.data());
    weights = packed.data() + (64 - address % 64) % 64 / sizeof(T);
    for (int64_t block = 0; block * kBlockOutputs < packed_outputs; ++block) {
      const T* rows[kBlockOutputs];
      for (int64_t i = 0; i < kBlockOutputs; ++i) {
        const int64_t row = RowOf(block * kBlockOutputs + i);
        rows[i] = row < 0 ? nullptr : plain.data() + row * inputs;
      }
      PackBlock(rows, inputs, weights + block * PackedElements<T>(kBlockOutputs, inputs));
    }
  }

  // The row of `plain` that packed output `o` has; -1: none.
  int64_t RowOf(int64_t o) const {
    if (!IsGated(finish)) return o < outputs ? o : -1;
    const int64_t gate = o / 32 * 16 + o % 16;
    if (gate >= outputs) return -1;
    return o % 32 < 16 ? gate : outputs + gate;
  }

  Matmul<T> Of(const std::vector<T>& x, void* out) const {
    return {.weights = weights,
            .bias = IsGated(finish) ? nullptr : bias.data(),
            .inputs = inputs,
            .outputs = outputs,
            .x = x.data(),
            .rows = static_cast<int64_t>(x.size()) / inputs,
            .finish = finish,
            .out = out,
            .next = nullptr,
            .next_bytes = 0};
  }

  double Sum(const T* x, int64_t row) const {
    double sum = 0;
    for (int64_t i = 0; i < inputs; ++i) sum += ToDouble(x[i]) * ToDouble(plain[row * inputs + i]);
    return sum;
  }

  int64_t inputs, outputs;
  Finish finish;
  int64_t packed_outputs;
  std::vector<T> plain, bias, packed;
  T* weights;
};

// The whole product in shares of kShareOutputs, onto `out`, where one value more must not change.
template <typename T, typename Out>
std::vector<Out> Run(const MatmulKernels<T>& kernels, const Product<T>& product,
                     const std::vector<T>& x, std::vector<Out> out) {
  Out guard;
  Assign(7.0f, guard);
  out.push_back(guard);
  const Matmul<T> matmul = product.Of(x, out.data());
  for (int64_t o = 0; o < product.packed_outputs; o += kShareOutputs) {
    kernels.multiply(matmul, o, std::min(o + kShareOutputs, product.packed_outputs));
  }
  EXPECT_EQ(ToDouble(out.back()), 7.0);
  out.pop_back();
  return out;
}

// Errors of float32 sums of `inputs` products, and of roundings to T of values near `size`.
template <typename T>
double ErrorOf(int64_t inputs, double size) {
  return 1e-6 * static_cast<double>(inputs) + (1 + size) * (std::is_same_v<T, float> ? 1e-6 : 0.01);
}

double Activated(Finish finish, double x) {
  if (finish == Finish::kGate) return x / (1 + std::exp(-x));
  return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

template <typename T>
void CheckFinish(const MatmulKernels<T>& kernels, Finish finish, int64_t rows, int64_t inputs,
                 int64_t outputs) {
  SCOPED_TRACE(testing::Message() << rows << " rows, " << inputs << " inputs, " << outputs
                                  << " outputs, finish " << static_cast<int>(finish));
  const Product<T> product(inputs, outputs, finish);
  const std::vector<T> x = Normal<T>(rows * inputs, 3);
  const std::vector<T> before = Normal<T>(rows * outputs, 4);
  std::vector<double> found;
  if (finish == Finish::kToFloat) {
    const auto out = Run(kernels, product, x, std::vector<float>(rows * outputs));
    found.assign(out.begin(), out.end());
  } else {
    for (const T value : Run(kernels, product, x, before)) found.push_back(ToDouble(value));
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t o = 0; o < outputs; ++o) {
      const T* row = x.data() + r * inputs;
      const double sum = product.Sum(row, o);
      double expected = sum + ToDouble(product.bias[o]);
      if (finish == Finish::kAdd) expected += ToDouble(before[r * outputs + o]);
      if (IsGated(finish)) {
        expected = Activated(finish, sum) * product.Sum(row, outputs + o);
      }
      const double size = std::abs(sum) + std::abs(expected);
      ASSERT_NEAR(found[r * outputs + o], expected, ErrorOf<T>(inputs, size))
          << "row " << r << ", output " << o;
    }
  }
}

class MatmulTest : public InstructionSetTest {
 protected:
  // Calls check(kernels) for either type.
  template <typename Check>
  void ForBothTypes(Check check) {
    check(KernelsFor<MatmulKernels<float>>(GetParam()));
    check(KernelsFor<MatmulKernels<Bf16>>(GetParam()));
  }
};

TEST_P(MatmulTest, ProductsOfEveryNumberOfRowsAgreeWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int64_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 25, 64, 65, 130}) {
      CheckFinish(kernels, Finish::kStore, rows, 31, 70);
    }
  });
}

TEST_P(MatmulTest, ProductsOfOddSizesAgreeWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int64_t inputs : {1, 2, 7, 8, 33, 64, 191}) {
      for (const int64_t outputs : {1, 15, 16, 17, 48, 63, 64, 65, 129}) {
        CheckFinish(kernels, Finish::kStore, 5, inputs, outputs);
      }
    }
  });
}

TEST_P(MatmulTest, EveryFinishAgreesWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const Finish finish :
         {Finish::kStore, Finish::kAdd, Finish::kGate, Finish::kGateGelu, Finish::kToFloat}) {
      for (const int64_t outputs : {1, 16, 21, 40, 96})
        CheckFinish(kernels, finish, 7, 45, outputs);
    }
  });
}

template <typename T>
void CheckRowsAlone(const MatmulKernels<T>& kernels, Finish finish) {
  constexpr int64_t kRows = 130, kInputs = 77, kOutputs = 80;
  const Product<T> product(kInputs, kOutputs, finish);
  const std::vector<T> x = Normal<T>(kRows * kInputs, 3);
  const std::vector<T> before = Normal<T>(kRows * kOutputs, 4);
  const std::vector<T> all = Run(kernels, product, x, before);
  // Batches that begin at any row, of any size up to three tiles.
  for (int64_t rows = 1; rows <= 18; ++rows) {
    const int64_t first = rows * 5;
    const std::vector<T> some =
        Run(kernels, product,
            std::vector<T>(x.begin() + first * kInputs, x.begin() + (first + rows) * kInputs),
            std::vector<T>(before.begin() + first * kOutputs,
                           before.begin() + (first + rows) * kOutputs));
    ASSERT_EQ(std::memcmp(some.data(), all.data() + first * kOutputs, some.size() * sizeof(T)), 0)
        << rows << " rows";
  }
}

// Rows follow each other without padding: the last, odd input must not meet the next row.
template <typename T>
void CheckNan(const MatmulKernels<T>& kernels) {
  constexpr int64_t kInputs = 5, kOutputs = 3;
  const Product<T> product(kInputs, kOutputs, Finish::kStore);
  std::vector<T> x = Normal<T>(3 * kInputs, 3);
  for (int64_t i = 0; i < kInputs; ++i) Assign(NAN, x[kInputs + i]);
  const std::vector<T> out = Run(kernels, product, x, std::vector<T>(3 * kOutputs));
  for (int64_t i = 0; i < 3 * kOutputs; ++i) {
    EXPECT_EQ(std::isnan(ToDouble(out[i])), i / kOutputs == 1) << i;
  }
}

// So responses don't depend on their neighbours in a batch.
TEST_P(MatmulTest, ARowOfABatchIsTheSameBitForBitAsInAnyOtherBatch) {
  ForBothTypes([](const auto& kernels) {
    CheckRowsAlone(kernels, Finish::kStore);
    CheckRowsAlone(kernels, Finish::kGate);
  });
}

TEST_P(MatmulTest, ARowThatIsNotANumberSpoilsNoOther) {
  ForBothTypes([](const auto& kernels) { CheckNan(kernels); });
}

INSTANTIATE_TEST_SUITE_P(Sets, MatmulTest, EveryInstructionSet(), NameOfSet);

}  // namespace
}  // namespace hir::kernels
