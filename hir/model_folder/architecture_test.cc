#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <variant>
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
using ::testing::HasSubstr;

class ArchitectureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/hir_model_XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<Architecture> Read(const json& config) {
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/config.json", config.dump()).ok());
    return ReadArchitecture(folder_);
  }

  void ExpectError(const json& config, const std::string& field, const std::string& fault) {
    const absl::Status status = Read(config).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(folder_ + "/config.json"), HasSubstr(field), HasSubstr(fault)));
  }

  json config_ = {{"architectures", {"LlamaForCausalLM"}},
                  {"vocab_size", 64},
                  {"hidden_size", 32},
                  {"num_hidden_layers", 2},
                  {"num_attention_heads", 4},
                  {"num_key_value_heads", 2},
                  {"intermediate_size", 48},
                  {"max_position_embeddings", 128}};
  std::string folder_;
};

TEST_F(ArchitectureTest, HeadSizeFollowsFromWidthWhenAbsent) {
  const auto architecture = Read(config_);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  EXPECT_EQ(architecture->head_dim, 8);
  EXPECT_EQ(architecture->family, ModelFamily::kLlama);
  EXPECT_FALSE(architecture->attention_bias);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(architecture->rope_scaling));
}

TEST_F(ArchitectureTest, FamilyIsFoundByModelTypeWhenArchitecturesIsAbsent) {
  config_.erase("architectures");
  config_["model_type"] = "qwen3";
  const auto architecture = Read(config_);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  EXPECT_EQ(architecture->qk_norm, QkNorm::kPerHead);
  EXPECT_EQ(architecture->head_dim, 128);
}

TEST_F(ArchitectureTest, Qwen2AlwaysHasBiasOfQueriesKeysAndValuesOnly) {
  config_["architectures"] = {"Qwen2ForCausalLM"};
  const auto architecture = Read(config_);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  EXPECT_TRUE(architecture->attention_bias);
  EXPECT_FALSE(architecture->output_bias);
}

TEST_F(ArchitectureTest, OldAndNewRopeSettingsMeanTheSame) {
  json rope = {{"rope_type", "llama3"},
               {"factor", 8.0},
               {"low_freq_factor", 1.0},
               {"high_freq_factor", 4.0},
               {"original_max_position_embeddings", 8192}};
  json old_form = config_;
  old_form["rope_theta"] = 5e5;
  old_form["rope_scaling"] = rope;
  json new_form = config_;
  rope["rope_theta"] = 5e5;
  new_form["rope_parameters"] = rope;
  const auto from_old = Read(old_form);
  const auto from_new = Read(new_form);
  ASSERT_TRUE(from_old.ok() && from_new.ok()) << from_old.status() << from_new.status();
  EXPECT_EQ(*from_old, *from_new);
  EXPECT_EQ(from_new->rope_theta, 5e5);
  EXPECT_EQ(std::get<Llama3RopeScaling>(from_new->rope_scaling).original_max_position, 8192);
}

TEST_F(ArchitectureTest, WrittenConfigReadsBackEqual) {
  config_["attention_bias"] = true;
  config_["tie_word_embeddings"] = true;
  config_["rope_theta"] = 1234.5;
  const json scalings[] = {
      json(),
      {{"rope_type", "linear"}, {"factor", 2.5}},
      {{"rope_type", "dynamic"}, {"factor", 2.5}},
      {{"rope_type", "yarn"},
       {"factor", 4.0},
       {"mscale", 0.7},
       {"mscale_all_dim", 1.2},
       {"beta_fast", 20},
       {"truncate", false},
       {"original_max_position_embeddings", 64}},
      {{"rope_type", "longrope"},
       {"short_factor", {1, 1, 2, 2}},
       {"long_factor", {1, 2, 4, 8}},
       {"original_max_position_embeddings", 64}},
      {{"rope_type", "llama3"},
       {"factor", 4.0},
       {"low_freq_factor", 1.0},
       {"high_freq_factor", 4.0},
       {"original_max_position_embeddings", 64}},
  };
  for (const json& scaling : scalings) {
    config_["rope_scaling"] = scaling;
    const auto original = Read(config_);
    ASSERT_TRUE(original.ok()) << original.status();
    ASSERT_TRUE(WriteArchitecture(folder_, *original, "bfloat16").ok());
    const auto again = ReadArchitecture(folder_);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, *original) << scaling;
  }
}

TEST_F(ArchitectureTest, ParameterCountKnowsSmolLm2) {
  Architecture smol;
  smol.vocab_size = 49152;
  smol.hidden_size = 576;
  smol.layers = 30;
  smol.heads = 9;
  smol.kv_heads = 3;
  smol.head_dim = 64;
  smol.intermediate_size = 1536;
  smol.tie_embeddings = true;
  EXPECT_EQ(ParameterCount(smol), 134515008);
}

TEST_F(ArchitectureTest, AModelTypeThatContradictsTheArchitectureIsRefusedWithBoth) {
  config_["model_type"] = "mistral";
  ExpectError(config_, "mistral", "LlamaForCausalLM");
}

TEST_F(ArchitectureTest, SizesThatNoModelHasAreRefusedByField) {
  const char* fields[] = {
      "vocab_size",          "hidden_size",       "num_hidden_layers",       "num_attention_heads",
      "num_key_value_heads", "intermediate_size", "max_position_embeddings", "head_dim"};
  for (const char* field : fields) {
    for (const json& size : {json(0), json(-4), json(1e9), json("8"), json(int64_t{1} << 40),
                             json(std::numeric_limits<uint64_t>::max())}) {
      json config = config_;
      config[field] = size;
      ExpectError(config, field, "whole number from 1 to");
    }
  }
}

TEST_F(ArchitectureTest, SizesThatTogetherMakeNoModelAreRefused) {
  config_["num_hidden_layers"] = 9999;
  config_["hidden_size"] = 1 << 20;
  config_["intermediate_size"] = 1 << 20;
  ExpectError(config_, "num_hidden_layers", "parameters");
}

TEST_F(ArchitectureTest, HeadsMustDivideTheWidthWhereTheirSizeFollowsFromIt) {
  config_["num_attention_heads"] = 6;
  ExpectError(config_, "hidden_size", "6, does not divide");
  config_["head_dim"] = 8;
  EXPECT_TRUE(Read(config_).ok());
}

TEST_F(ArchitectureTest, AConfigThatIsAPipeIsRefusedWithoutWaiting) {
  ASSERT_EQ(mkfifo((folder_ + "/config.json").c_str(), 0600), 0);
  EXPECT_THAT(std::string(ReadArchitecture(folder_).status().message()),
              AllOf(HasSubstr(folder_ + "/config.json"), HasSubstr("FIFO")));
}

// A safetensors file of these tensors, each of shape [2] and type F32, given as text of 8 bytes.
std::string Safetensors(const std::vector<std::pair<std::string, std::string>>& tensors) {
  json header = json::object();
  std::string data;
  for (const auto& [name, bytes] : tensors) {
    header[name] = {{"dtype", "F32"},
                    {"shape", {2}},
                    {"data_offsets", {data.size(), data.size() + bytes.size()}}};
    data += bytes;
  }
  const std::string text = header.dump();
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + text + data;
}

TEST_F(ArchitectureTest, AStoredHeadUnlikeTheEmbeddingIsNotTied) {
  config_["tie_word_embeddings"] = true;
  const std::string weights = folder_ + "/model.safetensors";
  const std::pair<std::string, std::string> embedding = {kEmbeddingName, "aaaabbbb"};
  ASSERT_TRUE(WriteFileAtomically(weights, Safetensors({embedding})).ok());
  EXPECT_TRUE(Read(config_)->tie_embeddings);
  ASSERT_TRUE(WriteFileAtomically(weights, Safetensors({embedding, {kHeadName, "aaaabbbb"}})).ok());
  EXPECT_TRUE(Read(config_)->tie_embeddings);
  ASSERT_TRUE(WriteFileAtomically(weights, Safetensors({embedding, {kHeadName, "aaaabbbc"}})).ok());
  EXPECT_FALSE(Read(config_)->tie_embeddings);
  ASSERT_TRUE(WriteFileAtomically(weights, "short").ok());
  EXPECT_THAT(std::string(Read(config_).status().message()), HasSubstr(weights));
}

TEST_F(ArchitectureTest, QuantisedWeightsAreRefused) {
  config_["quantization_config"] = {{"quant_method", "gptq"}, {"bits", 4}};
  ExpectError(config_, "quantization_config", "gptq");
}

TEST_F(ArchitectureTest, UnknownArchitectureIsNamed) {
  config_["architectures"] = {"MambaForCausalLM"};
  ExpectError(config_, "architectures", "MambaForCausalLM");
}

TEST_F(ArchitectureTest, MissingFieldIsNamed) {
  config_.erase("intermediate_size");
  ExpectError(config_, "intermediate_size", "is missing");
}

TEST_F(ArchitectureTest, FieldOfWrongTypeIsNamed) {
  config_["num_hidden_layers"] = "two";
  ExpectError(config_, "num_hidden_layers", "whole number");
}

TEST_F(ArchitectureTest, KeyHeadsMustDivideHeads) {
  config_["num_key_value_heads"] = 3;
  ExpectError(config_, "num_key_value_heads", "divide");
}

TEST_F(ArchitectureTest, UnknownRopeTypeIsNamed) {
  config_["rope_scaling"] = {{"rope_type", "su"}, {"factor", 2.0}};
  ExpectError(config_, "rope_scaling", "su");
}

TEST_F(ArchitectureTest, UnknownActivationIsNamed) {
  config_["hidden_act"] = "gelu";
  ExpectError(config_, "hidden_act", "gelu");
}

TEST_F(ArchitectureTest, TextThatIsNoJsonIsRefused) {
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/config.json", "{").ok());
  const absl::Status status = ReadArchitecture(folder_).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("is not a JSON object"));
}

TEST_F(ArchitectureTest, FolderWithoutConfigIsNotFound) {
  const absl::Status status = ReadArchitecture(folder_ + "/nowhere").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nowhere/config.json"));
}

}  // namespace
}  // namespace hir
