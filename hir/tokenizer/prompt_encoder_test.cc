#include "hir/tokenizer/prompt_encoder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"

namespace hir {
namespace {

const std::string kTiny = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tiny_tokenizer";

TEST(ModelPromptEncoder, RendersOneTurnAndTokenisesIt) {
  const auto plain = Tokenizer::Load(kTiny);
  ASSERT_TRUE(plain.ok()) << plain.status();
  const ModelPromptEncoder encoder(Tokenizer::Load(kTiny).value());
  EXPECT_EQ(encoder.digest(), (*plain)->digest());
  RunConfig config;
  const auto without = encoder.Encode(config, "Hello");
  config.data.system_prompt = "Be kind.";
  const auto with = encoder.Encode(config, "Hello");
  ASSERT_TRUE(without.ok()) << without.status();
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_GT(with->size(), without->size());
  EXPECT_NE((*plain)->Decode(*with, false).find("Be kind."), std::string::npos);
  EXPECT_NE((*plain)->Decode(*without, false).find("Hello"), std::string::npos);
}

TEST(ModelPromptEncoder, RendersWithTheVariablesOfTheRun) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/prompt_encoder_test_", getpid());
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(kTiny + "/tokenizer.json", folder + "/tokenizer.json");
  ASSERT_TRUE(WriteFileAtomically(folder + "/chat_template.jinja",
                                  "{{ messages[0].content }}{{ ' /no_think' if not thinking }}")
                  .ok());
  const ModelPromptEncoder encoder(Tokenizer::Load(folder).value());
  std::filesystem::remove_all(folder);
  RunConfig config;
  const size_t usual = encoder.Encode(config, "Hello")->size();
  config.model.chat_template_kwargs = R"({"thinking":true})";
  EXPECT_EQ(encoder.Encode(config, "Hello")->size(), usual - std::string(" /no_think").size());
  config.model.chat_template_kwargs = R"({"tools":[]})";
  EXPECT_EQ(encoder.Encode(config, "Hello").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ModelPromptEncoder, RefusesTextThatIsNotUtf8) {
  const ModelPromptEncoder encoder(Tokenizer::Load(kTiny).value());
  EXPECT_EQ(encoder.Encode({}, "\xff").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
