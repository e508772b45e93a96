#include "services/replay/prompt_encoder.h"

#include <gtest/gtest.h>

#include <string>

namespace hir {
namespace {

TEST(ChatPromptEncoder, RendersOneTurnAndTokenisesIt) {
  const std::string folder = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tiny_tokenizer";
  const auto plain = Tokenizer::Load(folder);
  ASSERT_TRUE(plain.ok()) << plain.status();
  const ChatPromptEncoder encoder(Tokenizer::Load(folder).value());
  EXPECT_EQ(encoder.digest(), (*plain)->digest());
  const auto without = encoder.Encode("", "Hello");
  const auto with = encoder.Encode("Be kind.", "Hello");
  ASSERT_TRUE(without.ok()) << without.status();
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_GT(with->size(), without->size());
  EXPECT_NE((*plain)->Decode(*with, false).find("Be kind."), std::string::npos);
  EXPECT_NE((*plain)->Decode(*without, false).find("Hello"), std::string::npos);
}

TEST(ChatPromptEncoder, RefusesTextThatIsNotUtf8) {
  const std::string folder = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tiny_tokenizer";
  const ChatPromptEncoder encoder(Tokenizer::Load(folder).value());
  EXPECT_EQ(encoder.Encode("", "\xff").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
