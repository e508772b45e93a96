#include "hir/vllm/model_structure.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

// As vLLM 0.32.0 describes SmolLM2-135M-Instruct, shortened.
constexpr char kSmol[] = R"(LlamaForCausalLM()(
  (model): LlamaModel()(
    (embed_tokens): VocabParallelEmbedding(num_embeddings=49152, embedding_dim=576, tp_size=1)
    (layers): ModuleList()(
      (0-29): 30 x LlamaDecoderLayer()(
        (self_attn): LlamaAttention()(
          (attn): Attention(head_size=64, num_heads=9, num_kv_heads=3, scale=0.125)
        )
      )
    )
  )
))";

TEST(ReadStructure, FindsTheSizesOfAModel) {
  const ModelStructure structure = ReadStructure(kSmol);
  EXPECT_EQ(structure.hidden_size, 576);
  EXPECT_EQ(structure.layers, 30);
  EXPECT_EQ(structure.head_dim, 64);
}

TEST(ReadStructure, CountsLayersThatDifferAndThoseOfEveryRank) {
  EXPECT_EQ(ReadStructure("(0-4): 5 x Gemma3DecoderLayer()(\n (5): Gemma3DecoderLayer()(").layers,
            6);
  EXPECT_EQ(ReadStructure("(0-13): 14 x LlamaDecoderLayer()(\n(14-29): 16 x PPMissingLayer()\n"
                          "(0-13): 14 x PPMissingLayer()\n(14-29): 16 x LlamaDecoderLayer()(")
                .layers,
            30);
}

TEST(ReadStructure, SaysNothingWhereTheTextDoesNot) {
  for (const char* text : {"", "None", "(layers): ModuleList()", "embedding_dim=", "<html>"}) {
    const ModelStructure structure = ReadStructure(text);
    EXPECT_EQ(structure.hidden_size, 0) << text;
    EXPECT_EQ(structure.layers, 0) << text;
    EXPECT_EQ(structure.head_dim, 0) << text;
  }
}

TEST(CheckStructure, NamesTheSizeThatDiffers) {
  const Architecture architecture = {.hidden_size = 576, .layers = 30, .head_dim = 64};
  EXPECT_TRUE(CheckStructure(ReadStructure(kSmol), architecture).ok());
  EXPECT_TRUE(CheckStructure({}, architecture).ok());
  const auto why = [&](const ModelStructure& structure) {
    const absl::Status status = CheckStructure(structure, architecture);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_THAT(
      why({.hidden_size = 960}),
      HasSubstr("has hidden_size 960, but this worker's --model has 576; serve that model"));
  EXPECT_THAT(why({.layers = 32}), HasSubstr("num_hidden_layers 32"));
  EXPECT_THAT(why({.head_dim = 80}), HasSubstr("head_dim 80"));
}

}  // namespace
}  // namespace hir
