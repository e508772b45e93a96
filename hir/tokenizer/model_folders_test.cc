// The tokens that the files of a model folder add to its tokenizer.json. Transformers' results are
// in folders.jsonl, made by tools/make_folder_fixtures.py.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/tokenizer/prompt.h"
#include "hir/tokenizer/tokenizer.h"
#include "hir/tokenizer/tokenizer_files.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kFixtures = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/";

ordered_json TinyTokenizer() {
  return ordered_json::parse(*ReadFile(kFixtures + "tiny_tokenizer/tokenizer.json"));
}

class ModelFolders : public ::testing::Test {
 protected:
  ModelFolders()
      : folder_(::testing::TempDir() + "/model_folders_test_" + std::to_string(getpid())) {
    Clear();
  }
  ~ModelFolders() override { std::filesystem::remove_all(folder_); }

  void Clear() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void Write(const std::string& name, const ordered_json& content) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, content.dump()).ok());
  }
  std::string ErrorOf(const ordered_json& config) {
    Write("tokenizer.json", TinyTokenizer());
    Write("tokenizer_config.json", config);
    return std::string(Tokenizer::Load(folder_).status().message());
  }

  std::string folder_;
};

TEST_F(ModelFolders, AreReadAsTransformersReadsThem) {
  std::ifstream file(kFixtures + "tokenizer/folders.jsonl");
  int folders = 0;
  for (std::string line; std::getline(file, line); ++folders) {
    const ordered_json c = ordered_json::parse(line);
    SCOPED_TRACE(c["case"].dump());
    Clear();
    ordered_json tokenizer_json = TinyTokenizer();
    if (c.contains("post_processor")) tokenizer_json["post_processor"] = c["post_processor"];
    Write("tokenizer.json", tokenizer_json);
    for (const auto& [name, content] : c["files"].items()) Write(name, content);
    const auto tokenizer = Tokenizer::Load(folder_);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    EXPECT_EQ(ReadTokenizerFiles(folder_)->tokens.names, nlohmann::json(c["names"]));
    for (const ordered_json& text : c["texts"]) {
      const std::vector<int32_t> ids = text["ids"];
      EXPECT_EQ(*(*tokenizer)->Encode(text["text"].get<std::string>()), ids) << text;
      EXPECT_EQ(*EncodePrompt(**tokenizer, {{"user", text["text"]}}, ""),
                text["prompt"].get<std::vector<int32_t>>())
          << text;
      EXPECT_EQ((*tokenizer)->Decode(ids), text["decoded"]) << text;
    }
  }
  EXPECT_GE(folders, 50);
}

TEST_F(ModelFolders, TheEndTokenOfTheMapEndsResponses) {
  Write("tokenizer.json", TinyTokenizer());
  Write("special_tokens_map.json", {{"eos_token", "<|im_end|>"}});
  EXPECT_THAT((*Tokenizer::Load(folder_))->stop_token_ids(), ElementsAre(257));
}

TEST_F(ModelFolders, NamedTokensThatNothingKnowsComeAfterTheVocabulary) {
  Write("tokenizer.json", TinyTokenizer());
  Write("tokenizer_config.json",
        {{"pad_token", "[PAD]"}, {"added_tokens_decoder", {{"258", {{"content", "<think>"}}}}}});
  const auto tokenizer = Tokenizer::Load(folder_);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  EXPECT_EQ((*tokenizer)->TokenId("[PAD]"), 259);
  EXPECT_EQ((*tokenizer)->vocabulary_size(), 259);
}

TEST_F(ModelFolders, TheDigestDiffersByAddedTokensOnly) {
  const ordered_json known = {{"256", {{"content", "<|im_start|>"}, {"special", true}}}};
  const auto digest = [this](const ordered_json& config) {
    Write("tokenizer.json", TinyTokenizer());
    Write("tokenizer_config.json", config);
    return (*Tokenizer::Load(folder_))->digest();
  };
  const std::string plain = digest(ordered_json::object());
  EXPECT_EQ(digest({{"added_tokens_decoder", known}}), plain);
  EXPECT_NE(digest({{"added_tokens_decoder", {{"258", {{"content", "<think>"}}}}}}), plain);
}

TEST_F(ModelFolders, AnIdThatAMissingTokenWouldNotGetIsRefused) {
  for (const char* id : {"300", "256"}) {
    EXPECT_THAT(ErrorOf({{"added_tokens_decoder", {{id, {{"content", "<think>"}}}}}}),
                HasSubstr(std::string("the token \"<think>\" with id ") + id +
                          ", but the next id after those of tokenizer.json is 258"));
  }
}

TEST_F(ModelFolders, WhatIsNoTokenIsRefusedByItsField) {
  EXPECT_THAT(ErrorOf({{"bos_token", 3}}), HasSubstr("bos_token holds 3, which is not a token"));
  EXPECT_THAT(ErrorOf({{"eos_token", {{"lstrip", true}}}}), HasSubstr("eos_token holds {"));
  EXPECT_THAT(ErrorOf({{"added_tokens_decoder", {{"x", {{"content", "a"}}}}}}),
              HasSubstr("added_tokens_decoder has the key \"x\", which is not a token id"));
  EXPECT_THAT(ErrorOf({{"added_tokens_decoder", {{"258", 1}}}}),
              HasSubstr("added_tokens_decoder 258 holds 1"));
  EXPECT_THAT(ErrorOf({{"added_tokens_decoder", ordered_json::array()}}),
              HasSubstr("added_tokens_decoder must be an object"));
  EXPECT_THAT(ErrorOf({{"additional_special_tokens", "<think>"}}),
              HasSubstr("extra_special_tokens must be a list or an object"));
}

}  // namespace
}  // namespace hir
