// Each instruction set against formulas in double; sets that this processor lacks are skipped.
#include "hir/kernels/train.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "hir/kernels/dispatch.h"
#include "hir/kernels/instruction_set_testing.h"

namespace hir::kernels {
namespace {

class TrainKernelsTest : public InstructionSetTest {
 protected:
  const TrainKernels<float>& kernels() const { return KernelsFor<TrainKernels<float>>(GetParam()); }
};

std::vector<float> Waves(size_t count, float scale) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = scale * std::sin(static_cast<float>(i * i) * 0.1f);
  return values;
}

TEST_P(TrainKernelsTest, StatisticsAgreeWithDouble) {
  const std::vector<float> line = Waves(2500, 12.0f);
  const double factor = 1 / 0.8;
  double sum = 0;
  const double max = *std::max_element(line.begin(), line.end());
  for (const float x : line) sum += std::exp((x - max) * factor);
  const LineStatistics found = kernels().line_statistics(line.data(), 2500, factor);
  EXPECT_EQ(found.max_logit, static_cast<float>(max));
  EXPECT_NEAR(found.log_sum, std::log(sum), 2e-6);
}

TEST_P(TrainKernelsTest, LogProbGradientSumsToZeroAndRaisesTheTarget) {
  const std::vector<float> line = Waves(101, 3.0f);
  std::vector<float> grad(101);
  const LineStatistics statistics = kernels().line_statistics(line.data(), 101, 0.5f);
  kernels().log_prob_grad(line.data(), 101, 0.5f, statistics, 77, 2.0f, grad.data());
  double sum = 0;
  for (const float g : grad) sum += g;
  EXPECT_NEAR(sum, 0.0, 1e-6);
  EXPECT_GT(grad[77], 0.0f);
  EXPECT_EQ(std::count_if(grad.begin(), grad.end(), [](float g) { return g > 0; }), 1);
}

TEST_P(TrainKernelsTest, SoftmaxSeesOnlyWhatItMay) {
  const CausalRows shape{.rows = 6, .columns = 20, .period = 3, .first_visible = 18};
  std::vector<float> scores = Waves(120, 2.0f);
  std::vector<float> log_sums(6);
  kernels().softmax(scores.data(), shape, 0.5f, log_sums.data());
  for (int row = 0; row < 6; ++row) {
    const float* line = scores.data() + row * 20;
    double sum = 0;
    for (int i = 0; i < 20; ++i) sum += line[i];
    EXPECT_NEAR(sum, 1.0, 1e-6);
    EXPECT_EQ(std::count(line, line + 20, 0.0f), 2 - row % 3);
  }
}

TEST_P(TrainKernelsTest, SoftmaxSeesOnlyItsWindow) {
  const CausalRows shape{.rows = 6, .columns = 40, .period = 3, .first_visible = 37, .window = 5};
  std::vector<float> scores = Waves(240, 2.0f);
  std::vector<float> log_sums(6);
  kernels().softmax(scores.data(), shape, 0.5f, log_sums.data());
  for (int row = 0; row < 6; ++row) {
    const float* line = scores.data() + row * 40;
    const float* end = line + 37 + row % 3;
    double sum = 0;
    for (const float* p = end - 5; p < end; ++p) sum += *p;
    EXPECT_NEAR(sum, 1.0, 1e-6);
    EXPECT_EQ(std::count(line, line + 40, 0.0f), 35);
  }
}

TEST_P(TrainKernelsTest, Bfloat16IsRoundedToNearestEven) {
  // Both products lie halfway between two bfloat16 numbers: one goes down, one up.
  const Bf16 x[] = {{0x3f80}, {0x3f80}, {0x3f80}, {0x3f80}};
  const float cosine[] = {1 + 0x1p-8f, 1 + 0x3p-8f};
  const float sine[] = {0, 0};
  Bf16 out[4];
  KernelsFor<TrainKernels<Bf16>>(GetParam()).rope(x, 2, cosine, sine, 2, 1, 2, 1.0f, out, 2);
  EXPECT_EQ(out[0].bits, 0x3f80);
  EXPECT_EQ(out[2].bits, 0x3f82);
}

INSTANTIATE_TEST_SUITE_P(Sets, TrainKernelsTest, EveryInstructionSet(), NameOfSet);

}  // namespace
}  // namespace hir::kernels
