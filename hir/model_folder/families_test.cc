// What config.json of each family means, and which of its values are refused.
#include "hir/model_folder/families.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/model_folder/read_architecture.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FamiliesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/hir_families_XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<Architecture> Read(const json& config) {
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/config.json", config.dump()).ok());
    return ReadArchitecture(folder_);
  }

  // The config with `field` set to `value` is refused by a sentence with `words`.
  void ExpectRefused(json config, const std::string& field, const json& value,
                     const std::string& words) {
    config[field] = value;
    const absl::Status status = Read(config).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field << " " << value;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(field), HasSubstr(words)));
  }

  // Only fields without which Transformers has no model either.
  static json Config(const char* architecture) {
    return {
        {"architectures", {architecture}}, {"vocab_size", 64},         {"hidden_size", 64},
        {"num_hidden_layers", 6},          {"num_attention_heads", 8}, {"intermediate_size", 48},
        {"max_position_embeddings", 16384}};
  }

  std::string folder_;
};

TEST_F(FamiliesTest, MistralHasTransformersDefaults) {
  const Architecture a = Read(Config("MistralForCausalLM")).value();
  EXPECT_EQ(a.family, ModelFamily::kMistral);
  EXPECT_EQ(a.kv_heads, 8);
  EXPECT_EQ(a.head_dim, 8);
  EXPECT_EQ(a.sliding_window, 4096);
  EXPECT_EQ(a.sliding_layers, std::vector<bool>(6, true));
  EXPECT_EQ(AttentionWindow(a, 5), 4096);
  EXPECT_FALSE(HasSlidingRope(a, 5));
  EXPECT_EQ(a.norms, NormPlacement::kBefore);
  EXPECT_FALSE(a.tie_embeddings);
}

TEST_F(FamiliesTest, AMistralWithoutAWindowThatMattersHasNone) {
  for (const json& window : {json(), json(16384), json(32768)}) {
    json config = Config("MistralForCausalLM");
    config["sliding_window"] = window;
    const Architecture a = Read(config).value();
    EXPECT_THAT(a.sliding_layers, IsEmpty());
    EXPECT_EQ(AttentionWindow(a, 0), 0);
  }
}

TEST_F(FamiliesTest, Gemma3HasTransformersDefaults) {
  const Architecture a = Read(Config("Gemma3ForCausalLM")).value();
  EXPECT_EQ(a.kv_heads, 4);
  EXPECT_EQ(a.head_dim, 256);
  EXPECT_EQ(a.norms, NormPlacement::kBeforeAndAfter);
  EXPECT_EQ(a.norm_offset, 1);
  EXPECT_EQ(a.qk_norm, QkNorm::kPerHead);
  EXPECT_EQ(a.activation, Activation::kGeluTanh);
  EXPECT_EQ(a.embedding_scale, 8);
  EXPECT_EQ(AttentionScale(a), 1.0 / 16);
  EXPECT_THAT(a.sliding_layers, ElementsAre(true, true, true, true, true, false));
  EXPECT_EQ(a.sliding_window, 4096);
  EXPECT_EQ(a.rope_theta, 1e6);
  EXPECT_EQ(a.sliding_rope_theta, 1e4);
  EXPECT_TRUE(HasSlidingRope(a, 0));
  EXPECT_FALSE(HasSlidingRope(a, 5));
  EXPECT_TRUE(a.tie_embeddings);
}

TEST_F(FamiliesTest, OldAndNewFieldsOfGemma3MeanTheSame) {
  json old_form = Config("Gemma3ForCausalLM");
  old_form["sliding_window_pattern"] = 3;
  old_form["rope_theta"] = 5000.0;
  old_form["rope_local_base_freq"] = 70.0;
  old_form["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 8.0}};
  json new_form = Config("Gemma3ForCausalLM");
  const json sliding = "sliding_attention";
  const json full = "full_attention";
  new_form["layer_types"] = {sliding, sliding, full, sliding, sliding, full};
  new_form["rope_parameters"] = {
      {"full_attention", {{"rope_type", "linear"}, {"factor", 8.0}, {"rope_theta", 5000.0}}},
      {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 70.0}}}};
  const Architecture a = Read(old_form).value();
  EXPECT_EQ(a, Read(new_form).value());
  EXPECT_EQ(a.rope_theta, 5000);
  EXPECT_EQ(a.sliding_rope_theta, 70);
  EXPECT_TRUE(std::holds_alternative<LinearRopeScaling>(a.rope_scaling));
}

// The window has no effect, the rotation has.
TEST_F(FamiliesTest, SlidingLayersOfGemma3KeepTheirRopeUnderAWideWindow) {
  json config = Config("Gemma3ForCausalLM");
  config["sliding_window"] = 99999;
  EXPECT_TRUE(HasSlidingRope(Read(config).value(), 0));
}

TEST_F(FamiliesTest, Olmo2HasTransformersDefaults) {
  const Architecture a = Read(Config("Olmo2ForCausalLM")).value();
  EXPECT_EQ(a.kv_heads, 8);
  EXPECT_EQ(a.norms, NormPlacement::kAfter);
  EXPECT_EQ(a.qk_norm, QkNorm::kProjection);
  EXPECT_EQ(a.rms_norm_eps, 1e-5);
  EXPECT_FALSE(a.attention_bias);
}

TEST_F(FamiliesTest, WrittenConfigOfEveryFamilyReadsBackEqual) {
  std::vector<json> configs;
  for (const char* architecture : {"LlamaForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM",
                                   "MistralForCausalLM", "Gemma3ForCausalLM", "Olmo2ForCausalLM"}) {
    configs.push_back(Config(architecture));
  }
  json config = Config("MistralForCausalLM");
  config["sliding_window"] = nullptr;
  configs.push_back(config);
  config = Config("Gemma3ForCausalLM");
  config["query_pre_attn_scalar"] = 168;
  config["sliding_window_pattern"] = 2;
  config["tie_word_embeddings"] = false;
  config["attention_bias"] = true;
  config["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 8.0}};
  configs.push_back(config);
  config["layer_types"] = std::vector<std::string>(6, "full_attention");
  configs.push_back(config);
  for (const json& one : configs) {
    const auto original = Read(one);
    ASSERT_TRUE(original.ok()) << original.status();
    ASSERT_TRUE(WriteArchitecture(folder_, *original, "bfloat16").ok());
    const auto again = ReadArchitecture(folder_);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, *original) << one;
  }
}

TEST_F(FamiliesTest, AnActivationThatTheFamilyCanComputeIsTaken) {
  json config = Config("LlamaForCausalLM");
  config["hidden_act"] = "gelu_pytorch_tanh";
  EXPECT_EQ(Read(config)->activation, Activation::kGeluTanh);
  ExpectRefused(config, "hidden_activation", "silu", "gelu_pytorch_tanh");
}

TEST_F(FamiliesTest, ValuesOfGemma3ThatAreNotComputedAreRefusedByField) {
  const json config = Config("Gemma3ForCausalLM");
  ExpectRefused(config, "final_logit_softcapping", 30.0, "not supported");
  ExpectRefused(config, "attn_logit_softcapping", 50.0, "not supported");
  ExpectRefused(config, "use_bidirectional_attention", true, "not supported");
  ExpectRefused(config, "hidden_activation", "gelu", "supported are silu and gelu_pytorch_tanh");
  ExpectRefused(config, "hidden_act", "silu", "computes gelu_pytorch_tanh");
  // Transformers takes no fraction either.
  ExpectRefused(config, "query_pre_attn_scalar", 168.5, "whole number from 1");
  ExpectRefused(config, "layer_types", {"full_attention"}, "num_hidden_layers, 6");
  ExpectRefused(config, "layer_types", std::vector<std::string>(6, "chunked_attention"),
                "another kind");
  ExpectRefused(config, "sliding_window", nullptr, "is missing");
  ExpectRefused(config, "sliding_window", 0, "whole number from 1");
  ExpectRefused(config, "sliding_window_pattern", -1, "whole number from 1");
  ExpectRefused(config, "rope_parameters", {{"rope_type", "default"}}, "full_attention");
  const std::pair<const char*, json> other_ropes[] = {
      {"sliding_attention", {{"rope_type", "linear"}, {"factor", 2.0}}}, {"full_attention", 5}};
  for (const auto& [kind, rope] : other_ropes) {
    json other = config;
    other["rope_parameters"][kind] = rope;
    EXPECT_THAT(std::string(Read(other).status().message()), HasSubstr(kind));
  }
}

TEST_F(FamiliesTest, ValuesOfMistralThatAreNotComputedAreRefusedByField) {
  const json config = Config("MistralForCausalLM");
  ExpectRefused(config, "attention_bias", true, "MistralForCausalLM");
  ExpectRefused(config, "sliding_window", 0, "whole number from 1");
  ExpectRefused(config, "use_sliding_window", false, "null");
  ExpectRefused(config, "query_pre_attn_scalar", 64, "not supported");
  ExpectRefused(config, "layer_types", std::vector<std::string>(6, "full_attention"), "slide");
}

TEST_F(FamiliesTest, ValuesOfOlmo2ThatAreNotComputedAreRefusedByField) {
  const json config = Config("Olmo2ForCausalLM");
  ExpectRefused(config, "sliding_window", 100, "not supported");
  ExpectRefused(config, "clip_qkv", 8.0, "not supported");
  ExpectRefused(config, "rope_local_base_freq", 10000, "not supported");
}

TEST_F(FamiliesTest, AModelOfTextsAndImagesIsRefusedWithWhatToDo) {
  for (const char* name : {"Gemma3ForConditionalGeneration", "Mistral3ForConditionalGeneration"}) {
    EXPECT_THAT(std::string(Read(Config(name)).status().message()),
                AllOf(HasSubstr(name), HasSubstr("images"), HasSubstr("docs/families.md")));
  }
  json by_type = Config("x");
  by_type.erase("architectures");
  by_type["model_type"] = "gemma3";
  EXPECT_THAT(std::string(Read(by_type).status().message()), HasSubstr("Gemma3ForCausalLM"));
}

TEST_F(FamiliesTest, AnotherFamilyIsRefusedWithTheSupportedOnes) {
  EXPECT_THAT(std::string(Read(Config("Gemma2ForCausalLM")).status().message()),
              AllOf(HasSubstr("Gemma2ForCausalLM"), HasSubstr("LlamaForCausalLM, "),
                    HasSubstr("and Olmo2ForCausalLM")));
}

}  // namespace
}  // namespace hir
