#include "hir/model/packer.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/model_folder/expected_tensors.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

Architecture Tiny(bool tied) {
  Architecture a;
  a.vocab_size = 11;
  a.hidden_size = 8;
  a.layers = 2;
  a.heads = 2;
  a.kv_heads = 1;
  a.head_dim = 4;
  a.intermediate_size = 12;
  a.max_position = 64;
  a.tie_embeddings = tied;
  return a;
}

TEST(PackWeights, LaysTensorsOutInTheOrderOfTheirNames) {
  const ModelWeights weights = RandomWeights(Tiny(false), 1);
  const PackedWeights packed = PackWeights(weights, at::kFloat).value();
  ASSERT_EQ(packed.tensors.size(), ExpectedTensors(Tiny(false)).size());
  EXPECT_EQ(packed.tensors[0].name, "lm_head.weight");
  EXPECT_EQ(packed.bytes.size(), TotalBytes(packed.tensors).value());
  const std::string first(static_cast<const char*>(weights.head.const_data_ptr()),
                          weights.head.nbytes());
  EXPECT_EQ(packed.bytes.substr(0, first.size()), first);
}

TEST(PackWeights, LeavesATiedHeadOut) {
  const PackedWeights packed = PackWeights(RandomWeights(Tiny(true), 1), at::kBFloat16).value();
  for (const PackedTensor& tensor : packed.tensors) EXPECT_NE(tensor.name, "lm_head.weight");
  EXPECT_EQ(packed.tensors[0].dtype, "BF16");
}

TEST(PackWeights, ComesBackFromUnpackBitForBit) {
  const ModelWeights weights = RandomWeights(Tiny(false), 2);
  auto packed = std::make_shared<PackedWeights>(PackWeights(weights, at::kFloat).value());
  const ModelWeights back = UnpackWeights(packed, Tiny(false)).value();
  const NamedTensors expected = weights.Named();
  const NamedTensors got = back.Named();
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].first, expected[i].first);
    EXPECT_TRUE(at::equal(got[i].second, expected[i].second)) << got[i].first;
  }
}

TEST(PackWeights, RefusesOtherTypes) {
  EXPECT_EQ(PackWeights(RandomWeights(Tiny(true), 1), at::kHalf).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ServedDigest, IsTheDigestOfTheServedBytes) {
  const ModelWeights weights = RandomWeights(Tiny(true), 3);
  const PackedWeights packed = PackWeights(weights, at::kFloat).value();
  EXPECT_EQ(ServedDigest(weights).value(), WeightsDigest(packed));
  auto shared = std::make_shared<PackedWeights>(PackWeights(weights, at::kBFloat16).value());
  EXPECT_EQ(ServedDigest(UnpackWeights(shared, Tiny(true)).value()).value(),
            WeightsDigest(*shared));
}

TEST(ServedDigest, ChangesWithASingleBit) {
  auto packed = std::make_shared<PackedWeights>(
      PackWeights(RandomWeights(Tiny(true), 3), at::kFloat).value());
  const std::string before = WeightsDigest(*packed);
  packed->bytes[5] ^= 1;
  EXPECT_NE(ServedDigest(UnpackWeights(packed, Tiny(true)).value()).value(), before);
}

TEST(UnpackWeights, RefusesWeightsOfAnotherModel) {
  auto packed = std::make_shared<PackedWeights>(
      PackWeights(RandomWeights(Tiny(true), 1), at::kFloat).value());
  Architecture wider = Tiny(true);
  wider.intermediate_size = 16;
  const absl::Status status = UnpackWeights(packed, wider).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another model"));
}

TEST(UnpackWeights, RefusesNumbersThatAreNotFiniteByTensor) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    ModelWeights weights = RandomWeights(Tiny(true), 1);
    weights.layers[1].up[2][3] = std::numeric_limits<float>::infinity();
    auto packed = std::make_shared<PackedWeights>(PackWeights(weights, type).value());
    const absl::Status status = UnpackWeights(packed, Tiny(true)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("tensor model.layers.1.mlp.up_proj.weight has 1 value"));
  }
}

TEST(UnpackWeights, RefusesMissingBytes) {
  auto packed = std::make_shared<PackedWeights>(
      PackWeights(RandomWeights(Tiny(true), 1), at::kFloat).value());
  packed->bytes.pop_back();
  EXPECT_EQ(UnpackWeights(packed, Tiny(true)).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
