#include "hir/tokenizer/tokenizer.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/tokenizer/smollm2_for_test.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<json> FixtureLines(const std::string& name) {
  std::ifstream file(std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tokenizer/" + name);
  std::vector<json> cases;
  for (std::string line; std::getline(file, line);) cases.push_back(json::parse(line));
  return cases;
}

TEST(Tokenizer, GivesTheIdsOfThePythonLibrary) {
  const Tokenizer& tokenizer = SmolLM2();
  const std::vector<json> cases = FixtureLines("encode.jsonl");
  ASSERT_GE(cases.size(), 200u);
  for (const json& c : cases) {
    auto ids = tokenizer.Encode(c["text"].get<std::string>());
    ASSERT_TRUE(ids.ok()) << ids.status();
    EXPECT_EQ(*ids, c["ids"].get<std::vector<int32_t>>()) << c["text"];
  }
}

TEST(Tokenizer, DecodesAsThePythonLibrary) {
  const Tokenizer& tokenizer = SmolLM2();
  for (const char* name : {"encode.jsonl", "decode.jsonl"}) {
    for (const json& c : FixtureLines(name)) {
      const auto ids = c["ids"].get<std::vector<int32_t>>();
      EXPECT_EQ(tokenizer.Decode(ids, false), c["decoded"].get<std::string>()) << c;
      EXPECT_EQ(tokenizer.Decode(ids), c["decoded_plain"].get<std::string>()) << c;
    }
  }
}

// Tokenizers of the kinds that model families have, made by
// tools/make_family_tokenizer_fixtures.py.
TEST(Tokenizer, ReadsTheKindsOfEveryFamily) {
  namespace fs = std::filesystem;
  const std::string fixtures = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tokenizer/families/";
  for (const std::string name : {"gemma", "mistral", "mistral_metaspace", "olmo2"}) {
    std::string folder = ::testing::TempDir() + "/family_tokenizer_XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    fs::copy_file(fixtures + name + ".json", folder + "/tokenizer.json");
    const auto tokenizer = Tokenizer::Load(folder);
    fs::remove_all(folder);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    const std::vector<json> cases = FixtureLines("families/" + name + ".jsonl");
    ASSERT_GE(cases.size(), 80u);
    for (const json& c : cases) {
      const auto ids = (*tokenizer)->Encode(c["text"].get<std::string>());
      ASSERT_TRUE(ids.ok()) << ids.status();
      EXPECT_EQ(*ids, c["ids"].get<std::vector<int32_t>>()) << name << " " << c["text"];
      EXPECT_EQ((*tokenizer)->Decode(*ids), c["decoded"].get<std::string>()) << name << " " << c;
    }
  }
}

TEST(Tokenizer, RefusesTextThatIsNotUtf8) {
  const auto ids = SmolLM2().Encode("abc\xFFxyz");
  EXPECT_EQ(ids.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ids.status().message(), "can't tokenise: the text is not valid UTF-8 at byte 3");
}

TEST(Tokenizer, IdsOutsideTheVocabularyDecodeToNothing) {
  const Tokenizer& tokenizer = SmolLM2();
  std::vector<int32_t> ids = *tokenizer.Encode("Hello");
  ids.insert(ids.begin(), {-1, 49152, INT32_MAX});
  EXPECT_EQ(tokenizer.Decode(ids), "Hello");
  EXPECT_EQ(tokenizer.Decode({}), "");
}

TEST(Tokenizer, ShowsSpecialTokensThatAreAskedFor) {
  const auto tokenizer =
      Tokenizer::Load(std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tiny_tokenizer");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  const std::vector<int32_t> ids = *(*tokenizer)->Encode("<|im_start|>a<|im_end|>b");
  EXPECT_EQ((*tokenizer)->Decode(ids), "ab");
  EXPECT_EQ((*tokenizer)->Showing("</think>")->Decode(ids), "ab");
  EXPECT_EQ((*tokenizer)->Showing("\xFF")->Decode(ids), "ab");
  const std::unique_ptr<Tokenizer> showing = (*tokenizer)->Showing("a<|im_end|>");
  EXPECT_EQ(showing->Decode(ids), "a<|im_end|>b");
  EXPECT_EQ(showing->Decode(ids, false), "<|im_start|>a<|im_end|>b");
  EXPECT_EQ(showing->digest(), (*tokenizer)->digest());
  EXPECT_EQ((*tokenizer)->Decode(ids), "ab");
}

TEST(Tokenizer, KnowsItsVocabularyAndStopTokens) {
  const Tokenizer& tokenizer = SmolLM2();
  EXPECT_EQ(tokenizer.vocabulary_size(), 49152);
  EXPECT_THAT(tokenizer.stop_token_ids(), ElementsAre(2));
  EXPECT_EQ(tokenizer.TokenId("<|im_end|>"), 2);
  EXPECT_EQ(tokenizer.TokenId("no such token"), -1);
  EXPECT_THAT(*tokenizer.Encode(""), IsEmpty());
}

TEST(Tokenizer, DigestIsStableAndHexadecimal) {
  const Tokenizer& tokenizer = SmolLM2();
  EXPECT_THAT(tokenizer.digest(), ::testing::MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ((*Tokenizer::Load(SmolLM2Folder()))->digest(), tokenizer.digest());
}

TEST(Tokenizer, ManyThreadsGetTheSameIds) {
  const Tokenizer& tokenizer = SmolLM2();
  const std::vector<json> cases = FixtureLines("encode.jsonl");
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&cases, &tokenizer, &count] {
      for (const json& c : cases) {
        count +=
            *tokenizer.Encode(c["text"].get<std::string>()) != c["ids"].get<std::vector<int32_t>>();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace hir
