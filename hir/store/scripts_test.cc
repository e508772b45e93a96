#include "hir/store/scripts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "hir/base/file.h"
#include "hir/store/redis_client.h"
#include "hir/testing/redis_server.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The names of the files in scripts/, without ".lua", as EmbeddedScript() takes them.
std::vector<std::string> ScriptNames() {
  const fs::path folder = fs::path(HIR_SOURCE_DIR) / "hir/store/scripts";
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory()) continue;
    names.push_back(fs::relative(entry.path(), folder).replace_extension());
  }
  return names;
}

TEST(Scripts, EveryFileIsEmbedded) {
  for (const std::string& name : ScriptNames()) {
    EXPECT_EQ(EmbeddedScript(name),
              *ReadFile(std::string(HIR_SOURCE_DIR "/hir/store/scripts/") + name + ".lua"))
        << name;
  }
  EXPECT_EQ(EmbeddedScript("no_such_script"), std::nullopt);
}

TEST(Scripts, RedisCompilesEachFileByItself) {
  const auto server = RedisServer::Start().value();
  RedisClient client({.address = ParseRedisUrl(server->url()).value()});
  for (const std::string& name : ScriptNames()) {
    const std::vector<std::string> words = {"SCRIPT", "LOAD", std::string(*EmbeddedScript(name))};
    EXPECT_EQ(client.Command(words).status(), absl::OkStatus()) << name;
  }
}

TEST(Scripts, EachOperationSaysWhatItTakesAndAnswers) {
  for (const std::string& name : ScriptNames()) {
    const std::string text(*EmbeddedScript(name));
    EXPECT_THAT(text, StartsWith("-- ")) << name;
    if (name.find('/') != std::string::npos) continue;
    EXPECT_THAT(text, HasSubstr("\n-- ARGV: ")) << name;
    EXPECT_THAT(text, HasSubstr("\n-- Answer: OK")) << name;
  }
}

}  // namespace
}  // namespace hir
