#include "hir/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace hir {
namespace {

// Known answers of Random123's kat_vectors for philox4x32-10.
TEST(Philox, GivesThePublishedKnownAnswers) {
  const std::array<uint32_t, 4> zeros = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(Philox({0, 0, 0, 0}, {0, 0}), zeros);
  const std::array<uint32_t, 4> ones = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  EXPECT_EQ(Philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), ones);
}

TEST(UniformAt, DependsOnEveryArgument) {
  std::set<double> draws = {UniformAt(1, 2, 3, 4), UniformAt(2, 2, 3, 4),
                            UniformAt(1, 3, 3, 4), UniformAt(1, 2, 4, 4),
                            UniformAt(1, 2, 3, 5), UniformAt(1, 2 + (uint64_t{1} << 32), 3, 4)};
  EXPECT_EQ(draws.size(), 6u);
}

TEST(UniformAt, StaysInTheHalfOpenUnitIntervalWithMeanOneHalf) {
  double sum = 0;
  constexpr int kDraws = 10000;
  for (int i = 0; i < kDraws; ++i) {
    const double draw = UniformAt(7, 1, 0, i);
    ASSERT_GE(draw, 0.0);
    ASSERT_LT(draw, 1.0);
    sum += draw;
  }
  // Standard error is 0.0029; five of them is a false alarm of one in two million.
  EXPECT_NEAR(sum / kDraws, 0.5, 0.0145);
}

TEST(CounterRandom, RepeatsForTheSameSeedAndStream) {
  CounterRandom a(3, 4), b(3, 4), c(3, 5);
  EXPECT_EQ(a(), b());
  EXPECT_NE(a(), c());
}

TEST(CounterRandom, BelowReachesEveryValue) {
  CounterRandom random(1, 1);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Below(7));
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(*seen.rbegin(), 6u);
}

}  // namespace
}  // namespace hir
