#include "services/replay/response_decoder.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace hir {
namespace {

constexpr char kMark[] = "<|im_end|>";  // A special token of SmolLM2's tokenizer.

class ModelResponseDecoderTest : public ::testing::Test {
 protected:
  std::vector<int32_t> Encode(const std::string& text) { return *tokenizer_->Encode(text); }

  const std::shared_ptr<const Tokenizer> tokenizer_ =
      Tokenizer::Load(std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tiny_tokenizer").value();
  const ModelResponseDecoder decoder_{tokenizer_};
  RunConfig config_;
};

TEST_F(ModelResponseDecoderTest, LeavesSpecialTokensOutButTheRunsMark) {
  const std::vector<int32_t> ids = Encode("<|im_start|>a<|im_end|>b");
  EXPECT_EQ(decoder_.Decode(config_, ids), "ab");
  config_.model.reasoning_end = kMark;
  EXPECT_EQ(decoder_.Decode(config_, ids), "a<|im_end|>b");
  config_.model.reasoning_end = "</think>";
  EXPECT_EQ(decoder_.Decode(config_, ids), "ab");
}

TEST_F(ModelResponseDecoderTest, AwaitsTheRunsMarkWhereThePromptDoesNotEndWithIt) {
  EXPECT_EQ(decoder_.AwaitedMark(config_, Encode("a")), "");
  config_.model.reasoning_end = kMark;
  EXPECT_EQ(decoder_.AwaitedMark(config_, Encode("<|im_end|>a")), kMark);
  EXPECT_EQ(decoder_.AwaitedMark(config_, Encode("a<|im_end|>\n\n")), "");
}

}  // namespace
}  // namespace hir
