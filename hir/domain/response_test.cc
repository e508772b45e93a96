#include "hir/domain/response.h"

#include <gtest/gtest.h>

#include <vector>

namespace hir {
namespace {

TEST(SampledEntropy, IsTheMeanOfMinusTheLogProbabilities) {
  EXPECT_DOUBLE_EQ(SampledEntropy({-0.5f, -1.5f, -4.0f}), 2);
  EXPECT_DOUBLE_EQ(SampledEntropy({0.0f}), 0);
}

// Floats of one size are summed up in doubles: their sum would lose the last digits of each.
TEST(SampledEntropy, OfALongResponseKeepsItsDigits) {
  EXPECT_NEAR(SampledEntropy(std::vector<float>(100'000, -0.1f)), 0.1, 1e-8);
}

TEST(UseSampledEntropy, ReplacesAnExactOneAndSaysSo) {
  Response response{.tokens = {1, 2}, .log_probabilities = {-1, -2}, .entropy_mean = 7};
  EXPECT_EQ(response.entropy_source, EntropySource::kExact);
  UseSampledEntropy(response);
  EXPECT_DOUBLE_EQ(response.entropy_mean, 1.5);
  EXPECT_EQ(response.entropy_source, EntropySource::kSampled);
}

}  // namespace
}  // namespace hir
