#include "hir/tokenizer/tokenizer_files.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kTiny = HIR_SOURCE_DIR "/tests/fixtures/tiny_tokenizer";

class TokenizerFilesTest : public ::testing::Test {
 protected:
  TokenizerFilesTest()
      : folder_(::testing::TempDir() + "/tokenizer_files_test_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~TokenizerFilesTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, text).ok());
  }
  std::string Error() { return std::string(ReadTokenizerFiles(folder_).status().message()); }

  std::string folder_;
};

TEST_F(TokenizerFilesTest, MissingTokenizerIsNamed) {
  const auto loaded = Tokenizer::Load(folder_);
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(loaded.status().message()),
              HasSubstr(folder_ + "/tokenizer.json is missing"));
}

TEST_F(TokenizerFilesTest, BrokenTokenizerIsNamed) {
  Write("tokenizer.json", "{\"version\": \"1.0\", ");
  const auto loaded = Tokenizer::Load(folder_);
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(loaded.status().message()),
              HasSubstr("tokenizer.json is not a usable tokenizer: "));
}

TEST_F(TokenizerFilesTest, ATokenForWhichTheModelHasNoRowIsNamed) {
  Write("tokenizer.json", ReadFile(kTiny + "/tokenizer.json").value());
  for (const char* config : {"{}", R"({"vocab_size": 258})", R"({"vocab_size": 300})"}) {
    Write("config.json", config);
    EXPECT_TRUE(Tokenizer::Load(folder_).ok()) << config;
  }
  Write("config.json", R"({"vocab_size": 257})");
  const auto loaded = Tokenizer::Load(folder_);
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(loaded.status().message()),
              AllOf(HasSubstr(folder_), HasSubstr(R"("<|im_end|>" has id 257)"),
                    HasSubstr("rows for 257 tokens")));
}

TEST_F(TokenizerFilesTest, AnAddedTokenForWhichTheModelHasNoRowIsNamed) {
  Write("tokenizer.json", ReadFile(kTiny + "/tokenizer.json").value());
  Write("config.json", R"({"vocab_size": 258})");
  Write("tokenizer_config.json", R"({"added_tokens_decoder": {"258": {"content": "<tool>"}}})");
  EXPECT_THAT(std::string(Tokenizer::Load(folder_).status().message()),
              HasSubstr(R"("<tool>" has id 258)"));
}

TEST_F(TokenizerFilesTest, ATextWithATokenThatOnlyHasANameIsRefusedWhereTheModelHasNoRowForIt) {
  Write("tokenizer.json", ReadFile(kTiny + "/tokenizer.json").value());
  Write("tokenizer_config.json", R"({"pad_token": "<pad>"})");
  Write("config.json", R"({"vocab_size": 258})");
  const auto tokenizer = Tokenizer::Load(folder_);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  EXPECT_TRUE((*tokenizer)->Encode("pad").ok());
  const absl::Status refused = (*tokenizer)->Encode("a<pad>b").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr(R"("<pad>" has id 258)"));
  Write("config.json", R"({"vocab_size": 259})");
  EXPECT_TRUE((*Tokenizer::Load(folder_))->Encode("a<pad>b").ok());
}

TEST_F(TokenizerFilesTest, OnlyTheTokenizerIsRequired) {
  Write("tokenizer.json", "{}");
  const auto files = ReadTokenizerFiles(folder_);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->tokenizer_json, "{}");
  EXPECT_FALSE(files->chat_template.has_value());
  EXPECT_TRUE(files->tokens.names.empty());
  EXPECT_TRUE(files->eos_token_ids.empty());
}

TEST_F(TokenizerFilesTest, EosIdsComeFromBothConfigurations) {
  Write("tokenizer.json", "{}");
  Write("generation_config.json", R"({"eos_token_id": [128001, 128008]})");
  Write("config.json", R"({"eos_token_id": 7})");
  EXPECT_THAT(ReadTokenizerFiles(folder_)->eos_token_ids, ElementsAre(128001, 128008, 7));
}

TEST_F(TokenizerFilesTest, EosIdThatIsNoNumberIsRefused) {
  Write("tokenizer.json", "{}");
  Write("config.json", R"({"eos_token_id": "</s>"})");
  EXPECT_THAT(Error(), HasSubstr("config.json: eos_token_id holds \"</s>\""));
}

TEST_F(TokenizerFilesTest, SpecialTokensAreTextOrObjects) {
  Write("tokenizer.json", "{}");
  Write(
      "tokenizer_config.json",
      R"({"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "pad_token": null})");
  const auto files = ReadTokenizerFiles(folder_);
  EXPECT_EQ(files->tokens.names.dump(), R"({"bos_token":"<s>","eos_token":"</s>"})");
}

TEST_F(TokenizerFilesTest, TemplateFileGoesBeforeTheConfiguration) {
  Write("tokenizer.json", "{}");
  Write("tokenizer_config.json", R"({"chat_template": "from the configuration"})");
  EXPECT_EQ(ReadTokenizerFiles(folder_)->chat_template, "from the configuration");
  Write("chat_template.jinja", "from the file");
  EXPECT_EQ(ReadTokenizerFiles(folder_)->chat_template, "from the file");
}

TEST_F(TokenizerFilesTest, TheDefaultOfSeveralTemplatesIsTaken) {
  Write("tokenizer.json", "{}");
  Write("tokenizer_config.json", R"({"chat_template": [{"name": "tool_use", "template": "a"},
                                                       {"name": "default", "template": "b"}]})");
  EXPECT_EQ(ReadTokenizerFiles(folder_)->chat_template, "b");
  Write("tokenizer_config.json", R"({"chat_template": [{"name": "rag", "template": "a"}]})");
  EXPECT_THAT(Error(), HasSubstr("a template named \"default\""));
}

TEST_F(TokenizerFilesTest, ConfigurationThatIsNotAnObjectIsNamed) {
  Write("tokenizer.json", "{}");
  Write("tokenizer_config.json", "[1]");
  EXPECT_THAT(Error(), HasSubstr("tokenizer_config.json is not a JSON object"));
}

}  // namespace
}  // namespace hir
