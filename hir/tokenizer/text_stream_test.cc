#include "hir/tokenizer/text_stream.h"

#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hir/tokenizer/smollm2_for_test.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

std::string Streamed(const std::vector<int32_t>& ids, bool skip_special_tokens) {
  TextStream stream(SmolLM2(), skip_special_tokens);
  std::string text;
  for (int32_t id : ids) text += stream.Push(id);
  return text + stream.Finish();
}

TEST(TextStream, JoinedPiecesEqualTheWholeText) {
  for (const char* name : {"encode.jsonl", "decode.jsonl"}) {
    std::ifstream file(std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tokenizer/" + name);
    for (std::string line; std::getline(file, line);) {
      const auto ids = json::parse(line)["ids"].get<std::vector<int32_t>>();
      EXPECT_EQ(Streamed(ids, false), SmolLM2().Decode(ids, false)) << line;
      EXPECT_EQ(Streamed(ids, true), SmolLM2().Decode(ids, true)) << line;
    }
  }
}

TEST(TextStream, HoldsBackAnUnfinishedCharacter) {
  const std::vector<int32_t> ids = *SmolLM2().Encode("\U00012000");  // More than one token.
  ASSERT_GT(ids.size(), 1u);
  TextStream stream(SmolLM2());
  for (size_t i = 0; i + 1 < ids.size(); ++i) EXPECT_EQ(stream.Push(ids[i]), "");
  EXPECT_EQ(stream.Push(ids.back()), "\U00012000");
  EXPECT_EQ(stream.Finish(), "");
}

TEST(TextStream, FinishGivesWhatWasCutOff) {
  TextStream stream(SmolLM2());
  EXPECT_EQ(stream.Push((*SmolLM2().Encode("\U00012000"))[0]), "");
  EXPECT_EQ(stream.Finish(), "\uFFFD");
}

TEST(TextStream, SpecialTokensShowOnlyWhenAskedFor) {
  EXPECT_EQ(Streamed(*SmolLM2().Encode("a<|im_end|>b"), true), "ab");
  EXPECT_EQ(Streamed(*SmolLM2().Encode("a<|im_end|>b"), false), "a<|im_end|>b");
}

}  // namespace
}  // namespace hir
