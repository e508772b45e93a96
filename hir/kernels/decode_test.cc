// Each instruction set against formulas in double; sets that this processor lacks are skipped.
#include "hir/kernels/decode.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "hir/kernels/dispatch.h"
#include "hir/kernels/instruction_set_testing.h"

namespace hir::kernels {
namespace {

double ToDouble(float x) { return x; }
double ToDouble(Bf16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

void Assign(float value, float& out) { out = value; }
// Truncates to bfloat16; the inputs need no rounding.
void Assign(float value, Bf16& out) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  out.bits = static_cast<uint16_t>(bits >> 16);
}

template <typename T>
std::vector<T> Waves(int64_t count, float scale, float phase = 0) {
  std::vector<T> values(count);
  for (int64_t i = 0; i < count; ++i) {
    Assign(scale * std::sin(static_cast<float>(i * i) * 0.1f + phase), values[i]);
  }
  return values;
}

// Error of sums of a few dozen float32 values; bfloat16 adds the rounding of its 8 bits.
template <typename T>
double Tolerance(double expected) {
  return 1e-5 + std::abs(expected) * (std::is_same_v<T, float> ? 1e-5 : 1.0 / 256);
}

template <typename T>
void ExpectNear(const std::vector<T>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(ToDouble(found[i]), expected[i], Tolerance<T>(expected[i])) << "element " << i;
  }
}

// Cached tokens of one head, in the layout of KvSegment and as plain rows.
template <typename T>
struct Page {
  Page(int tokens, int head_size, float phase)
      : tokens(tokens),
        keys(Waves<T>(head_size * kPageTokens, 1, phase)),
        values(Waves<T>(kPageTokens * head_size, 1, phase + 1)) {}
  KvSegment<T> segment() const { return {keys.data(), values.data(), tokens}; }

  int tokens;
  std::vector<T> keys;
  std::vector<T> values;
};

// Attention of one query over the valid tokens of all pages.
template <typename T>
std::vector<double> PlainAttention(const T* query, int head_size, const std::vector<Page<T>>& pages,
                                   double scale) {
  std::vector<double> out(head_size, 0.0);
  double total = 0;
  for (const Page<T>& page : pages) {
    for (int t = 0; t < page.tokens; ++t) {
      double score = 0;
      for (int i = 0; i < head_size; ++i) {
        score += ToDouble(query[i]) * ToDouble(page.keys[i * kPageTokens + t]);
      }
      const double weight = std::exp(score * scale);
      total += weight;
      for (int i = 0; i < head_size; ++i) {
        out[i] += weight * ToDouble(page.values[t * head_size + i]);
      }
    }
  }
  for (double& x : out) x /= total;
  return out;
}

template <typename T>
void CheckAttend(const DecodeKernels<T>& kernels, int head_size, const std::vector<int>& lengths) {
  constexpr int kGroup = 3;
  std::vector<Page<T>> pages;
  std::vector<KvSegment<T>> segments;
  for (const int tokens : lengths) pages.emplace_back(tokens, head_size, pages.size());
  for (const Page<T>& page : pages) segments.push_back(page.segment());
  const std::vector<T> queries = Waves<T>(kGroup * head_size, 2, 3);
  std::vector<float> scratch(AttentionScratch(kGroup, head_size, segments.size()));
  std::vector<T> out(kGroup * head_size);
  kernels.attend(queries.data(), kGroup, head_size, segments.data(), segments.size(), 0.3f,
                 scratch.data(), out.data());
  std::vector<double> expected;
  for (int g = 0; g < kGroup; ++g) {
    const auto one = PlainAttention(queries.data() + g * head_size, head_size, pages, 0.3);
    expected.insert(expected.end(), one.begin(), one.end());
  }
  ExpectNear(out, expected);
}

template <typename T>
void CheckAddRmsNorm(const DecodeKernels<T>& kernels, int64_t size) {
  std::vector<T> x = Waves<T>(size, 2);
  const std::vector<T> delta = Waves<T>(size, 1, 1);
  const std::vector<T> weight = Waves<T>(size, 1, 2);
  std::vector<double> sum(size);
  for (int64_t i = 0; i < size; ++i) sum[i] = ToDouble(x[i]) + ToDouble(delta[i]);
  std::vector<T> out(size);
  kernels.add_rms_norm(x.data(), delta.data(), weight.data(), size, 1e-5f, out.data());
  ExpectNear(x, sum);
  // The norm is that of the sum as stored.
  double squares = 0;
  for (const T value : x) squares += ToDouble(value) * ToDouble(value);
  const double rms = std::sqrt(squares / static_cast<double>(size) + 1e-5);
  std::vector<double> expected(size);
  for (int64_t i = 0; i < size; ++i) expected[i] = ToDouble(x[i]) / rms * ToDouble(weight[i]);
  ExpectNear(out, expected);
  kernels.add_rms_norm(x.data(), nullptr, weight.data(), size, 1e-5f, x.data());
  ExpectNear(x, expected);
}

template <typename T>
void CheckRope(const DecodeKernels<T>& kernels, int head_size) {
  const int half = head_size / 2;
  std::vector<T> x = Waves<T>(head_size, 2);
  std::vector<float> cosine(half), sine(half);
  std::vector<double> expected(head_size);
  for (int i = 0; i < half; ++i) {
    cosine[i] = std::cos(0.7f * static_cast<float>(i + 1));
    sine[i] = std::sin(0.7f * static_cast<float>(i + 1));
    const double a = ToDouble(x[i]), b = ToDouble(x[i + half]);
    expected[i] = a * cosine[i] - b * sine[i];
    expected[i + half] = b * cosine[i] + a * sine[i];
  }
  kernels.rope(x.data(), cosine.data(), sine.data(), head_size);
  ExpectNear(x, expected);
}

template <typename T>
void CheckSiluMul(const DecodeKernels<T>& kernels, int64_t size) {
  const std::vector<T> gate_up = Waves<T>(2 * size, 6);
  std::vector<double> expected(size);
  for (int64_t i = 0; i < size; ++i) {
    const double gate = ToDouble(gate_up[i]);
    expected[i] = gate / (1 + std::exp(-gate)) * ToDouble(gate_up[size + i]);
  }
  std::vector<T> out(size);
  kernels.silu_mul(gate_up.data(), size, out.data());
  ExpectNear(out, expected);
}

template <typename T>
void CheckStore(const DecodeKernels<T>& kernels, int64_t size) {
  const std::vector<float> x = Waves<float>(size, 3);
  const std::vector<T> bias = Waves<T>(size, 1, 1);
  std::vector<double> plain(size), biased(size);
  for (int64_t i = 0; i < size; ++i) {
    plain[i] = x[i];
    biased[i] = x[i] + ToDouble(bias[i]);
  }
  // One extra element, which must not change.
  std::vector<T> out = Waves<T>(size + 1, 1, 5);
  const double guard = ToDouble(out[size]);
  kernels.store(x.data(), nullptr, size, out.data());
  EXPECT_EQ(ToDouble(out[size]), guard);
  out.resize(size);
  ExpectNear(out, plain);
  kernels.store(x.data(), bias.data(), size, out.data());
  ExpectNear(out, biased);
}

class DecodeKernelsTest : public InstructionSetTest {
 protected:
  // Calls check(kernels) for either type.
  template <typename Check>
  void ForBothTypes(Check check) {
    check(KernelsFor<DecodeKernels<float>>(GetParam()));
    check(KernelsFor<DecodeKernels<Bf16>>(GetParam()));
  }
};

TEST_P(DecodeKernelsTest, SoftmaxSumsAgreeWithDouble) {
  for (const int64_t count : {1, 15, 511, 512, 513, 1300}) {
    std::vector<float> line = Waves<float>(count, 12);
    if (count > 1) line[count / 2] = -std::numeric_limits<float>::infinity();
    const double max = *std::max_element(line.begin(), line.end());
    double sum = 0, weighted = 0;
    std::vector<double> expected_blocks((count + kSoftmaxBlock - 1) / kSoftmaxBlock, 0.0);
    for (int64_t i = 0; i < count; ++i) {
      if (std::isinf(line[i])) continue;
      const double z = (line[i] - max) * 1.25;
      sum += std::exp(z);
      weighted += z * std::exp(z);
      expected_blocks[i / kSoftmaxBlock] += std::exp(z);
    }
    std::vector<float> blocks(expected_blocks.size());
    const SoftmaxSums sums = KernelsFor<DecodeKernels<float>>(GetParam())
                                 .softmax_sums(line.data(), count, 1.25f, blocks.data());
    EXPECT_EQ(sums.max_logit, max);
    EXPECT_NEAR(sums.sum_exp, sum, 1e-5 * sum);
    EXPECT_NEAR(sums.sum_z_exp, weighted, 1e-5 * sum);
    ExpectNear(blocks, expected_blocks);
  }
}

TEST_P(DecodeKernelsTest, AttentionAgreesWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int head_size : {6, 64, 70}) {
      CheckAttend(kernels, head_size, {1});
      CheckAttend(kernels, head_size, {64});
      CheckAttend(kernels, head_size, {64, 1, 64, 37});
    }
  });
}

TEST_P(DecodeKernelsTest, SumAndNormAgreeWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int64_t size : {1, 6, 16, 35, 576}) CheckAddRmsNorm(kernels, size);
  });
}

TEST_P(DecodeKernelsTest, RopeAgreesWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int head_size : {2, 6, 64, 70}) CheckRope(kernels, head_size);
  });
}

TEST_P(DecodeKernelsTest, GatedActivationAgreesWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int64_t size : {1, 6, 16, 35}) CheckSiluMul(kernels, size);
  });
}

TEST_P(DecodeKernelsTest, StoreAddsTheBiasAndStaysInBounds) {
  ForBothTypes([](const auto& kernels) {
    for (const int64_t size : {1, 6, 16, 35, 64}) CheckStore(kernels, size);
  });
}

INSTANTIATE_TEST_SUITE_P(Sets, DecodeKernelsTest, EveryInstructionSet(), NameOfSet);

}  // namespace
}  // namespace hir::kernels
