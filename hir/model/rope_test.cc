#include "hir/model/rope.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "hir/model/test_models.h"

namespace hir {
namespace {

Architecture WithScaling(RopeScaling scaling) {
  Architecture architecture = TinyArchitecture(ModelFamily::kLlama);
  architecture.head_dim = 64;
  architecture.rope_scaling = std::move(scaling);
  return architecture;
}

// The frequency of wave `i` in a sequence of `length` tokens.
double Frequency(const Architecture& architecture, int64_t i, int64_t length = 2) {
  const RopeTable table = Rope(architecture).Table({{{1, length}}}, at::kDouble);
  return std::atan2(table.sin[0][i].item<double>(), table.cos[0][i].item<double>());
}

TEST(Rope, Llama3StretchesLongWavesOnly) {
  const Architecture plain = WithScaling({});
  const Architecture scaled = WithScaling(Llama3RopeScaling{});
  EXPECT_DOUBLE_EQ(Frequency(scaled, 5), Frequency(plain, 5));
  EXPECT_NEAR(Frequency(scaled, 31), Frequency(plain, 31) / 8, 1e-12);
}

TEST(Rope, YarnStretchesLongWavesAndScalesAll) {
  const Architecture plain = WithScaling({});
  const Architecture scaled = WithScaling(
      YarnRopeScaling{.factor = 4, .attention_factor = 1.25, .original_max_position = 512});
  EXPECT_DOUBLE_EQ(Frequency(scaled, 0), Frequency(plain, 0));
  EXPECT_NEAR(Frequency(scaled, 31), Frequency(plain, 31) / 4, 1e-12);
  const RopeTable table = Rope(scaled).Table({{{3, 4}}}, at::kDouble);
  EXPECT_NEAR((table.cos.square() + table.sin.square()).max().item<double>(), 1.25 * 1.25, 1e-12);
}

TEST(Rope, DynamicIsPlainUpToTheOriginalLengthAndLongerBeyondIt) {
  const Architecture plain = WithScaling({});
  const Architecture dynamic =
      WithScaling(DynamicRopeScaling{.factor = 2, .original_max_position = 100});
  EXPECT_EQ(Frequency(dynamic, 20, 100), Frequency(plain, 20));
  EXPECT_LT(Frequency(dynamic, 20, 101), Frequency(plain, 20));
  EXPECT_LT(Frequency(dynamic, 20, 200), Frequency(dynamic, 20, 150));
}

TEST(Rope, LongRopeChangesItsFactorsBeyondTheOriginalLength) {
  const Architecture plain = WithScaling({});
  const Architecture longrope = WithScaling(LongRopeScaling{.short_factors = std::vector(32, 2.0),
                                                            .long_factors = std::vector(32, 8.0),
                                                            .original_max_position = 100});
  EXPECT_DOUBLE_EQ(Frequency(longrope, 20, 100), Frequency(plain, 20) / 2);
  EXPECT_DOUBLE_EQ(Frequency(longrope, 20, 101), Frequency(plain, 20) / 8);
}

TEST(Rope, ARowDependsOnItsOwnPlaceAlone) {
  const Rope rope(WithScaling(DynamicRopeScaling{.factor = 2, .original_max_position = 100}));
  std::vector<RopePlace> places;
  for (int64_t i = 0; i < 150; ++i) places.push_back({i, 150});
  const RopeTable together = rope.Table(places, at::kFloat);
  for (const int64_t row : {0, 63, 64, 149}) {
    const RopeTable alone = rope.Table({places[row]}, at::kFloat);
    EXPECT_TRUE(at::equal(alone.cos[0], together.cos[row]));
    EXPECT_TRUE(at::equal(alone.sin[0], together.sin[row]));
  }
}

}  // namespace
}  // namespace hir
