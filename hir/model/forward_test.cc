#include "hir/model/forward.h"

#include <torch/torch.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/model/test_models.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

const std::vector<int32_t> kPrompt = {3, 14, 15, 9, 26, 5};
const std::vector<int32_t> kFirst = {35, 8, 9, 7};
const std::vector<int32_t> kSecond = {9, 3, 2, 38, 46, 2, 6};

std::vector<int32_t> Concatenated(std::vector<int32_t> a, const std::vector<int32_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A prompt with two responses, then an unrelated sequence.
PackedBatch SharedBatch() {
  PackedBatchBuilder builder;
  const int32_t prompt = builder.Add(kPrompt);
  builder.Add(kFirst, prompt);
  builder.Add(kSecond, prompt);
  builder.Add(kFirst);
  return builder.Build();
}

// The same sequences, each on its own.
PackedBatch UnsharedBatch() {
  PackedBatchBuilder builder;
  builder.Add(Concatenated(kPrompt, kFirst));
  builder.Add(Concatenated(kPrompt, kSecond));
  builder.Add(kFirst);
  return builder.Build();
}

// Rows of UnsharedBatch() that hold what SharedBatch() computes, in its order.
at::Tensor RowsInUnshared() {
  return at::tensor({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26},
                    at::kLong);
}

ModelWeights Leaves(const ModelWeights& weights) {
  return weights.Transformed([](const std::string&, const at::Tensor& t) {
    return t.detach().clone().requires_grad_(true);
  });
}

// Gradients of a fixed function of the hidden states of response rows, by name.
NamedTensors Gradients(const Architecture& architecture, const ModelWeights& leaves,
                       const PackedBatch& batch, const at::Tensor& rows,
                       const ForwardOptions& options) {
  const at::Tensor hidden = Hidden(architecture, leaves, batch, options).index_select(0, rows);
  const at::Tensor factors =
      at::sin(at::arange(hidden.numel(), at::kDouble)).view_as(hidden).to(hidden.scalar_type());
  (hidden * factors).sum().backward();
  NamedTensors gradients = leaves.Named();
  for (auto& [name, tensor] : gradients) tensor = tensor.grad();
  return gradients;
}

double RelativeError(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor wide = b.to(at::kDouble);
  return ((a.to(at::kDouble) - wide).norm() / (wide.norm() + 1e-12)).item<double>();
}

void ExpectClose(const NamedTensors& a, const NamedTensors& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    // No row of the loss touches the head, so an untied one has no gradient.
    if (!b[i].second.defined()) continue;
    EXPECT_LT(RelativeError(a[i].second, b[i].second), tolerance) << a[i].first;
  }
}

class ForwardTest : public ::testing::TestWithParam<ModelFamily> {
 protected:
  Architecture architecture_ = TinyArchitecture(GetParam());
};

TEST_P(ForwardTest, SharedPrefixGivesTheHiddenStatesOfSeparateSequences) {
  const ModelWeights weights = TestWeights(architecture_, at::kDouble);
  const at::Tensor shared = Hidden(architecture_, weights, SharedBatch());
  const at::Tensor apart = Hidden(architecture_, weights, UnsharedBatch());
  EXPECT_LT(RelativeError(shared, apart.index_select(0, RowsInUnshared())), 1e-12);
}

TEST_P(ForwardTest, SharedPrefixGivesTheGradientsOfSeparateSequences) {
  const ModelWeights weights = TestWeights(architecture_, at::kDouble);
  // Response rows only: prompt rows occur once here and twice there.
  const at::Tensor responses = at::arange(6, 21, at::kLong);
  const NamedTensors shared =
      Gradients(architecture_, Leaves(weights), SharedBatch(), responses, {});
  const NamedTensors apart = Gradients(architecture_, Leaves(weights), UnsharedBatch(),
                                       RowsInUnshared().index_select(0, responses), {});
  ExpectClose(shared, apart, 1e-10);
}

TEST_P(ForwardTest, FusedFloat32AgreesWithPlainFloat64) {
  const at::Tensor rows = at::arange(21, at::kLong);
  const NamedTensors fused = Gradients(
      architecture_, Leaves(TestWeights(architecture_, at::kFloat)), SharedBatch(), rows, {});
  const NamedTensors plain = Gradients(
      architecture_, Leaves(TestWeights(architecture_, at::kDouble)), SharedBatch(), rows, {});
  // Rounding of float32 through two layers.
  ExpectClose(fused, plain, 2e-5);
}

TEST_P(ForwardTest, Bfloat16IsCloseToFloat64) {
  const at::Tensor rows = at::arange(21, at::kLong);
  const ModelWeights half = TestWeights(architecture_, at::kBFloat16);
  const ModelWeights wide =
      half.Transformed([](const std::string&, const at::Tensor& t) { return t.to(at::kDouble); });
  // bfloat16 keeps 8 bits; errors of a few roundings add up.
  ExpectClose(Gradients(architecture_, Leaves(half), SharedBatch(), rows, {}),
              Gradients(architecture_, Leaves(wide), SharedBatch(), rows, {}), 0.08);
}

TEST_P(ForwardTest, CheckpointingChangesNoGradient) {
  const ModelWeights weights = TestWeights(architecture_, at::kFloat);
  const at::Tensor rows = at::arange(21, at::kLong);
  const NamedTensors kept = Gradients(architecture_, Leaves(weights), SharedBatch(), rows, {});
  const NamedTensors recomputed = Gradients(architecture_, Leaves(weights), SharedBatch(), rows,
                                            {.activation_checkpointing = true});
  ExpectClose(recomputed, kept, 1e-7);
}

TEST_P(ForwardTest, JoinedWeightsGiveTheSameGradients) {
  const ModelWeights weights = TestWeights(architecture_, at::kFloat);
  const at::Tensor rows = at::arange(21, at::kLong);
  const ModelWeights joined = JoinProjections(weights).Transformed(
      [](const std::string&, const at::Tensor& t) { return t.detach().requires_grad_(true); });
  ExpectClose(Gradients(architecture_, joined, SharedBatch(), rows, {}),
              Gradients(architecture_, Leaves(weights), SharedBatch(), rows, {}), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Families, ForwardTest, ::testing::ValuesIn(kTestFamilies));

TEST(Forward, OnlyWeightsThatAskForItGetAGradient) {
  const Architecture architecture = TinyArchitecture(ModelFamily::kLlama);
  const ModelWeights weights = TestWeights(architecture, at::kFloat);
  ModelWeights partly = weights;
  partly.layers[0].down = weights.layers[0].down.detach().clone().requires_grad_(true);
  Hidden(architecture, partly, SharedBatch(), {.activation_checkpointing = true}).sum().backward();
  EXPECT_TRUE(partly.layers[0].down.grad().defined());
  EXPECT_FALSE(partly.layers[1].down.grad().defined());
}

TEST(Forward, PrefixesMayBeChained) {
  const Architecture architecture = TinyArchitecture(ModelFamily::kLlama);
  const ModelWeights weights = TestWeights(architecture, at::kDouble);
  PackedBatchBuilder chain;
  const int32_t prompt = chain.Add(kPrompt);
  chain.Add(kSecond, chain.Add(kFirst, prompt));
  PackedBatchBuilder whole;
  whole.Add(Concatenated(Concatenated(kPrompt, kFirst), kSecond));
  EXPECT_LT(RelativeError(Hidden(architecture, weights, chain.Build()),
                          Hidden(architecture, weights, whole.Build())),
            1e-12);
}

// Longer than one block of queries, so that blocks meet, without and with a window.
void ExpectALongSequenceEqualsItsPieces(ModelFamily family, int64_t window) {
  Architecture architecture = TinyArchitecture(family);
  architecture.max_position = 2048;
  architecture.sliding_window = window;
  const ModelWeights weights = Leaves(TestWeights(architecture, at::kFloat));
  std::vector<int32_t> tokens(1100);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int32_t>(i * i % 50);
  PackedBatchBuilder whole;
  whole.Add(tokens);
  PackedBatchBuilder pieces;
  int32_t last = -1;
  for (size_t start = 0; start < tokens.size(); start += 100) {
    last = pieces.Add(absl::MakeSpan(tokens).subspan(start, 100), last);
  }
  const at::Tensor rows = at::arange(1100, at::kLong);
  ExpectClose(Gradients(architecture, Leaves(weights), whole.Build(), rows, {}),
              Gradients(architecture, Leaves(weights), pieces.Build(), rows, {}), 1e-4);
}

TEST(Forward, LongSequenceEqualsItsPiecesAsAChain) {
  ExpectALongSequenceEqualsItsPieces(ModelFamily::kLlama, 0);
}

TEST(Forward, LongSequenceEqualsItsPiecesAsAChainWithAWindow) {
  ExpectALongSequenceEqualsItsPieces(ModelFamily::kMistral, 130);
}

TEST(Forward, ATokenBeforeTheWindowsOfAllLayersChangesNothing) {
  const Architecture architecture = TinyArchitecture(ModelFamily::kMistral);
  const ModelWeights weights = TestWeights(architecture, at::kFloat);
  std::vector<int32_t> tokens(20);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int32_t>(i * i % 50);
  const auto hidden = [&] {
    PackedBatchBuilder builder;
    builder.Add(tokens);
    return Hidden(architecture, weights, builder.Build());
  };
  const at::Tensor before = hidden();
  tokens[5] = 49;
  const at::Tensor after = hidden();
  // Two layers with windows of 4: token 5 reaches token 5 + 3 + 3 and no further.
  EXPECT_FALSE(at::allclose(before[11], after[11]));
  EXPECT_TRUE(at::equal(before.slice(0, 12), after.slice(0, 12)));
}

TEST(PackedBatch, PositionsGoOnWhereThePrefixEnds) {
  const PackedBatch batch = SharedBatch();
  EXPECT_EQ(batch.positions[6].item<int64_t>(), 6);
  EXPECT_EQ(batch.positions[10].item<int64_t>(), 6);
  EXPECT_EQ(batch.positions[17].item<int64_t>(), 0);
}

TEST(PackedBatch, PredictorOfAFirstTokenIsTheEndOfThePrefix) {
  EXPECT_TRUE(at::equal(PredictorRows(SharedBatch(), 2),
                        at::tensor({5, 10, 11, 12, 13, 14, 15}, at::kLong)));
}

TEST(CheckBatch, AcceptsAWellFormedBatch) {
  EXPECT_TRUE(CheckBatch(TinyArchitecture(ModelFamily::kLlama), SharedBatch()).ok());
}

TEST(CheckBatch, RefusesGaps) {
  PackedBatch batch = SharedBatch();
  batch.segments[1].start += 1;
  const absl::Status status = CheckBatch(TinyArchitecture(ModelFamily::kLlama), batch);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Segment 1"));
}

TEST(CheckBatch, RefusesALaterPrefix) {
  PackedBatch batch = SharedBatch();
  batch.segments[1].prefix = 2;
  const absl::Status status = CheckBatch(TinyArchitecture(ModelFamily::kLlama), batch);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not an earlier segment"));
}

TEST(CheckBatch, RefusesTokensOutsideTheVocabulary) {
  PackedBatchBuilder builder;
  builder.Add({1, 50});
  const absl::Status status = CheckBatch(TinyArchitecture(ModelFamily::kLlama), builder.Build());
  EXPECT_THAT(std::string(status.message()), HasSubstr("token 50"));
}

TEST(CheckBatch, RefusesPositionsPastTheModelsLimit) {
  PackedBatchBuilder builder;
  builder.Add(std::vector<int32_t>(65, 1));
  const absl::Status status = CheckBatch(TinyArchitecture(ModelFamily::kLlama), builder.Build());
  EXPECT_THAT(std::string(status.message()), HasSubstr("position 64"));
}

}  // namespace
}  // namespace hir
