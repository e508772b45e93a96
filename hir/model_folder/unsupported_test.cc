#include "hir/model_folder/unsupported.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

absl::Status Check(const json& config, ModelFamily family = ModelFamily::kLlama) {
  Architecture architecture;
  architecture.family = family;
  architecture.layers = 4;
  architecture.max_position = 4096;
  ConfigFields fields("config.json", config);
  CheckComputed(fields, architecture);
  return fields.status();
}

TEST(CheckComputed, QuantisedWeightsAreRefusedByTheirMethod) {
  for (const char* method : {"gptq", "awq", "bitsandbytes", "fp8", "compressed-tensors", "mxfp4",
                             "fbgemm_fp8", "modelopt", "hqq", "torchao", "quark"}) {
    const absl::Status status = Check({{"quantization_config", {{"quant_method", method}}}});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("quantization_config"), HasSubstr(method), HasSubstr("fetch")));
  }
  EXPECT_THAT(std::string(Check({{"quantization_config", {{"load_in_4bit", true}}}}).message()),
              HasSubstr("bitsandbytes"));
  EXPECT_THAT(std::string(Check({{"quantization", {{"bits", 4}}}}).message()), HasSubstr("MLX"));
  // As MLX writes it now.
  const json mlx = {{"group_size", 64}, {"bits", 4}, {"mode", "affine"}};
  EXPECT_THAT(std::string(Check({{"quantization", mlx}, {"quantization_config", mlx}}).message()),
              HasSubstr("MLX"));
  EXPECT_THAT(std::string(Check({{"quantization_config", mlx}}).message()),
              HasSubstr("a method that it doesn't name"));
  EXPECT_FALSE(Check({{"quantization_config", "unknown"}}).ok());
  EXPECT_TRUE(Check({{"quantization_config", nullptr}}).ok());
}

TEST(CheckComputed, FieldsThatChangeTheComputationAreRefusedByName) {
  const std::pair<const char*, json> fields[] = {
      {"hidden_act", "gelu"},
      {"mlp_bias", true},
      {"num_experts", 8},
      {"num_local_experts", 8},
      {"final_logit_softcapping", 30.0},
      {"attn_logit_softcapping", 50.0},
      {"qk_layernorm", true},
      {"use_qk_norm", true},
      {"residual_multiplier", 0.22},
      {"logits_scaling", 8.0},
      {"no_rope_layers", {1, 1, 0}},
      {"layer_types", {"full_attention", "sliding_attention"}},
      {"attention_chunk_size", 8192},
      {"kv_lora_rank", 512},
  };
  for (const auto& [name, value] : fields) {
    const absl::Status status = Check({{name, value}});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(name));
  }
}

TEST(CheckComputed, FieldsThatChangeNothingAreTaken) {
  EXPECT_TRUE(Check({{"hidden_act", "swish"},
                     {"mlp_bias", false},
                     {"num_experts", nullptr},
                     {"final_logit_softcapping", nullptr},
                     {"residual_multiplier", 1.0},
                     {"no_rope_layers", json::array()},
                     {"layer_types", {"full_attention", "full_attention"}},
                     {"attention_dropout", 0.1},
                     {"pretraining_tp", 1}})
                  .ok());
}

TEST(CheckComputed, AWindowIsRefusedWhereALayerUsesIt) {
  const json window = {
      {"use_sliding_window", true}, {"sliding_window", 1024}, {"max_window_layers", 2}};
  const auto with = [&](const char* name, const json& value) {
    json config = window;
    config[name] = value;
    return Check(config, ModelFamily::kQwen2);
  };
  EXPECT_THAT(std::string(with("max_window_layers", 2).message()), HasSubstr("sliding_window"));
  EXPECT_TRUE(with("max_window_layers", 4).ok());
  EXPECT_TRUE(with("use_sliding_window", false).ok());
  EXPECT_TRUE(with("sliding_window", nullptr).ok());
  EXPECT_TRUE(with("sliding_window", 4096).ok());
  EXPECT_FALSE(Check({{"sliding_window", 1024}}).ok());
}

class WeightsFormat : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/weights_format_XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Add(const std::string& file) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + file, "x").ok());
  }

  std::string folder_;
};

TEST_F(WeightsFormat, OtherFormatsAreRefusedByNameAndFile) {
  const std::pair<const char*, const char*> formats[] = {
      {"model-q4_k_m.gguf", "GGUF"},
      {"pytorch_model.bin", "pickles"},
      {"pytorch_model-00001-of-00002.bin", "pickles"},
      {"adapter_model.safetensors", "adapter"},
      {"consolidated.00.pth", "Meta"},
      {"tf_model.h5", "TensorFlow"},
      {"model.onnx", "ONNX"},
      {"model-00001-of-00002.safetensors", "index.json"},
  };
  for (const auto& [file, name] : formats) {
    Add(file);
    const absl::Status status = CheckWeightsFormat(folder_);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << file;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(folder_), HasSubstr(file), HasSubstr(name)));
    std::filesystem::remove(folder_ + "/" + file);
  }
  EXPECT_TRUE(CheckWeightsFormat(folder_).ok());
}

TEST_F(WeightsFormat, OtherFormatsBesideSafetensorsAreLeftAlone) {
  for (const char* file : {"model.safetensors", "pytorch_model.bin", "model.gguf"}) Add(file);
  EXPECT_TRUE(CheckWeightsFormat(folder_).ok());
}

TEST_F(WeightsFormat, SettingsOfAQuantiserAreRefusedBesideSafetensors) {
  Add("model.safetensors");
  for (const char* file : {"quantize_config.json", "quant_config.json", "hf_quant_config.json"}) {
    Add(file);
    EXPECT_THAT(std::string(CheckWeightsFormat(folder_).message()),
                AllOf(HasSubstr("quantised"), HasSubstr(file)));
    std::filesystem::remove(folder_ + "/" + file);
  }
}

TEST_F(WeightsFormat, AFileIsNoFolder) {
  Add("model.gguf");
  EXPECT_THAT(std::string(CheckWeightsFormat(folder_ + "/model.gguf").message()),
              HasSubstr("is not a folder"));
}

}  // namespace
}  // namespace hir
