#include "hir/generate/tensor_decoder.h"

#include <gtest/gtest.h>

#include "hir/generate/cpu_decoder.h"
#include "hir/generate/test_models.h"

namespace hir {
namespace {

class TensorDecoderTest : public testing::Test {
 protected:
  std::unique_ptr<Decoder> Make() {
    return MakeTensorDecoder(architecture_, weights_, at::kCPU, int64_t{1} << 20).value();
  }

  // Appends one token to `state` and draws `draws` greedily.
  static std::vector<Draw> Step(Decoder& decoder, KvState& state, int32_t token, int draws = 1) {
    std::vector<DrawRequest> wanted(draws, {.row = 0, .settings = {.temperature = 0}});
    std::vector<Draw> drawn(draws);
    const std::vector<DecodeRow> rows = {{token, &state}};
    decoder.Step(rows, wanted, absl::MakeSpan(drawn));
    return drawn;
  }

  const Architecture architecture_ = TinyArchitecture(ModelFamily::kQwen3);
  const ModelWeights weights_ = TinyWeights(architecture_);
};

TEST_F(TensorDecoderTest, NewWeightsReplaceTheOldOnesAndStatesStay) {
  const auto swapped = Make();
  const auto state = swapped->NewState(nullptr, 3);
  Step(*swapped, *state, 5);
  swapped->SetWeights(TinyWeights(architecture_, 2));
  const Draw after = Step(*swapped, *state, 6)[0];
  // The other decoder does the same.
  const auto other = MakeCpuDecoder(architecture_, weights_, int64_t{1} << 24).value();
  const auto other_state = other->NewState(nullptr, 3);
  Step(*other, *other_state, 5);
  other->SetWeights(TinyWeights(architecture_, 2));
  const Draw expected = Step(*other, *other_state, 6)[0];
  EXPECT_EQ(after.token, expected.token);
  EXPECT_NEAR(after.log_probability, expected.log_probability, 1e-4);
  // A sequence that begins with the new weights is that of a decoder made with them.
  const auto fresh =
      MakeTensorDecoder(architecture_, TinyWeights(architecture_, 2), at::kCPU, 1 << 20).value();
  const auto fresh_state = fresh->NewState(nullptr, 1);
  const auto new_state = swapped->NewState(nullptr, 1);
  EXPECT_EQ(Step(*swapped, *new_state, 9)[0].log_probability,
            Step(*fresh, *fresh_state, 9)[0].log_probability);
}

TEST_F(TensorDecoderTest, RequestsForOneRowAreDrawnFromTheSameLine) {
  const auto decoder = Make();
  const auto one = decoder->NewState(nullptr, 1);
  const auto two = decoder->NewState(nullptr, 1);
  std::vector<DrawRequest> wanted(3, {.row = 1, .settings = {.temperature = 0}});
  wanted[2].row = 0;
  wanted.push_back({.row = 1, .settings = {}, .given = 40});
  std::vector<Draw> draws(4);
  const std::vector<DecodeRow> rows = {{5, one.get()}, {6, two.get()}};
  decoder->Step(rows, wanted, absl::MakeSpan(draws));
  EXPECT_EQ(draws[0].token, draws[1].token);
  EXPECT_EQ(draws[0].log_probability, draws[1].log_probability);
  EXPECT_NE(draws[0].log_probability, draws[2].log_probability);
  EXPECT_EQ(draws[3].token, 40);
  EXPECT_LE(draws[3].log_probability, draws[0].log_probability);
}

TEST_F(TensorDecoderTest, AStateHoldsPagesUntilItIsGone) {
  const auto decoder = Make();
  const int64_t all = decoder->CapacityTokens();
  EXPECT_EQ(decoder->FreeTokens(), all);
  auto state = decoder->NewState(nullptr, decoder->page_tokens() + 1);
  EXPECT_EQ(decoder->FreeTokens(), all - 2 * decoder->page_tokens());
  state = nullptr;
  EXPECT_EQ(decoder->FreeTokens(), all);
}

TEST_F(TensorDecoderTest, ACacheWithoutRoomForAPageIsRefused) {
  const absl::Status status = MakeTensorDecoder(architecture_, weights_, at::kCPU, 100).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
