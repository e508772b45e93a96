// Each instruction set against formulas in double; sets that this processor lacks are skipped.
#include "hir/kernels/decode.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "hir/kernels/dispatch.h"
#include "hir/kernels/instruction_set_testing.h"
#include "hir/kernels/testing.h"

namespace hir::kernels {
namespace {

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

// Cached tokens of one head as plain rows, and keys in the layout of KvSegment.
template <typename T>
struct Page {
  Page(int tokens, int head_size, float phase)
      : tokens(tokens),
        keys(Waves<T>(kPageTokens * head_size, 1, phase)),
        values(Waves<T>(kPageTokens * head_size, 1, phase + 1)),
        packed_keys(keys.size()) {
    for (int t = 0; t < kPageTokens; ++t) {
      for (int i = 0; i < head_size; ++i) {
        packed_keys[KeyOffset<T>(t, i)] = keys[t * head_size + i];
      }
    }
  }
  KvSegment<T> segment() const { return {packed_keys.data(), values.data(), tokens}; }

  int tokens;
  std::vector<T> keys;
  std::vector<T> values;
  std::vector<T> packed_keys;
};

// Attention of one query over the first `visible` tokens of all pages, or the last `window` of
// these.
template <typename T>
std::vector<double> PlainAttention(const T* query, int head_size, const std::vector<Page<T>>& pages,
                                   int visible, int window, double scale) {
  std::vector<double> out(head_size, 0.0);
  double total = 0;
  for (const Page<T>& page : pages) {
    for (int t = 0; t < page.tokens && visible > 0; ++t, --visible) {
      if (window > 0 && visible > window) continue;
      double score = 0;
      for (int i = 0; i < head_size; ++i) {
        score += ToDouble(query[i]) * ToDouble(page.keys[t * head_size + i]);
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

constexpr int kGroup = 3;

// Queries of the last `rows` tokens of pages with `lengths` tokens, with something between them.
template <typename T>
struct Queries {
  Queries(int rows, int head_size, const std::vector<int>& lengths)
      : rows(rows), head_size(head_size), stride(kGroup * head_size + 5) {
    for (const int tokens : lengths) {
      pages.emplace_back(tokens, head_size, pages.size());
      context += tokens;
    }
    for (const Page<T>& page : pages) segments.push_back(page.segment());
    queries = Waves<T>(rows * stride, 2, 3);
  }

  std::vector<T> Attend(const DecodeKernels<T>& kernels, int window = 0) const {
    std::vector<T> out(rows * kGroup * head_size);
    void* scratch = std::aligned_alloc(
        64, AttentionScratch(rows, kGroup, head_size, static_cast<int64_t>(segments.size())));
    kernels.attend({.queries = queries.data(),
                    .query_stride = stride,
                    .rows = rows,
                    .group = kGroup,
                    .head_size = head_size,
                    .segments = segments.data(),
                    .segment_count = static_cast<int64_t>(segments.size()),
                    .scale = 0.3f,
                    .window = window,
                    .out = out.data(),
                    .out_stride = kGroup * head_size},
                   scratch);
    std::free(scratch);
    return out;
  }

  int rows, head_size;
  int64_t stride;
  int context = 0;
  std::vector<Page<T>> pages;
  std::vector<KvSegment<T>> segments;
  std::vector<T> queries;
};

template <typename T>
void CheckAttend(const DecodeKernels<T>& kernels, int rows, int head_size,
                 const std::vector<int>& lengths, int window = 0) {
  const Queries<T> q(rows, head_size, lengths);
  std::vector<double> expected;
  for (int i = 0; i < rows * kGroup; ++i) {
    const T* query = q.queries.data() + i / kGroup * q.stride + i % kGroup * head_size;
    const auto one =
        PlainAttention(query, head_size, q.pages, q.context - (rows - 1 - i / kGroup), window, 0.3);
    expected.insert(expected.end(), one.begin(), one.end());
  }
  ExpectNear(q.Attend(kernels, window), expected);
}

// A token computed with those after it is the same as when it is the last one.
template <typename T>
void CheckRowsAlone(const DecodeKernels<T>& kernels, int head_size) {
  const Queries<T> all(9, head_size, {64, 64, 5});
  const std::vector<T> together = all.Attend(kernels);
  for (int r = 0; r < 9; ++r) {
    Queries<T> one = all;
    one.rows = 1;
    one.queries.erase(one.queries.begin(), one.queries.begin() + r * one.stride);
    // The last four tokens of the context are in the second page for rows before the fourth.
    const int last = 5 - (8 - r);
    if (last > 0) {
      one.segments[2].tokens = last;
    } else {
      one.segments.pop_back();
      one.segments[1].tokens = 64 + last;
    }
    const std::vector<T> alone = one.Attend(kernels);
    EXPECT_EQ(
        std::memcmp(alone.data(), together.data() + r * alone.size(), alone.size() * sizeof(T)), 0)
        << "row " << r;
  }
}

template <typename T>
void CheckRmsNorm(const DecodeKernels<T>& kernels, int64_t size) {
  std::vector<T> x = Waves<T>(size, 2);
  const std::vector<float> weight = Waves<float>(size, 1, 2);
  double squares = 0;
  for (const T value : x) squares += ToDouble(value) * ToDouble(value);
  const double rms = std::sqrt(squares / static_cast<double>(size) + 1e-5);
  std::vector<double> expected(size);
  for (int64_t i = 0; i < size; ++i) expected[i] = ToDouble(x[i]) / rms * weight[i];
  std::vector<T> out(size);
  kernels.rms_norm(x.data(), weight.data(), size, 1e-5f, out.data());
  ExpectNear(out, expected);
  kernels.rms_norm(x.data(), weight.data(), size, 1e-5f, x.data());
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
    for (const int head_size : {6, 64, 70, 128}) {
      for (const int rows : {1, 2, 7}) {
        CheckAttend(kernels, rows, head_size, {8});
        CheckAttend(kernels, rows, head_size, {64});
        CheckAttend(kernels, rows, head_size, {64, 1, 64, 37});
        CheckAttend(kernels, rows, head_size, {64, 2});
      }
      CheckAttend(kernels, 1, head_size, {1});
    }
  });
}

TEST_P(DecodeKernelsTest, AttentionSeesOnlyItsWindow) {
  ForBothTypes([](const auto& kernels) {
    for (const int window : {1, 5, 36, 37, 38, 70, 500}) {
      for (const int rows : {1, 7}) CheckAttend(kernels, rows, 70, {64, 9, 64, 37}, window);
    }
  });
}

TEST_P(DecodeKernelsTest, AdditionAndScalingRoundOnce) {
  ForBothTypes([]<typename T>(const DecodeKernels<T>& kernels) {
    std::vector<T> x = Waves<T>(35, 2);
    const std::vector<T> delta = Waves<T>(35, 2, 1);
    std::vector<double> expected(35);
    for (int i = 0; i < 35; ++i) expected[i] = ToDouble(x[i]) + ToDouble(delta[i]);
    kernels.add(x.data(), delta.data(), 35);
    ExpectNear(x, expected);
    for (int i = 0; i < 35; ++i) expected[i] = ToDouble(x[i]) * 5.5;
    kernels.scale(x.data(), 5.5f, 35);
    ExpectNear(x, expected);
  });
}

TEST_P(DecodeKernelsTest, AttentionOfATokenIsTheSameBitForBitWithoutTheTokensAfterIt) {
  ForBothTypes([](const auto& kernels) {
    for (const int head_size : {6, 64, 70}) CheckRowsAlone(kernels, head_size);
  });
}

TEST_P(DecodeKernelsTest, NormAgreesWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int64_t size : {1, 6, 16, 35, 576}) CheckRmsNorm(kernels, size);
  });
}

TEST_P(DecodeKernelsTest, RopeAgreesWithDouble) {
  ForBothTypes([](const auto& kernels) {
    for (const int head_size : {2, 6, 64, 70}) CheckRope(kernels, head_size);
  });
}

INSTANTIATE_TEST_SUITE_P(Sets, DecodeKernelsTest, EveryInstructionSet(), NameOfSet);

}  // namespace
}  // namespace hir::kernels
