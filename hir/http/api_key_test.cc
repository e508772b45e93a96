#include "hir/http/api_key.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReadApiKeyTest : public testing::Test {
 protected:
  ReadApiKeyTest() { unsetenv("TEST_KEY"); }
  ~ReadApiKeyTest() override { unsetenv("TEST_KEY"); }

  absl::StatusOr<std::string> FromFile(const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(path_, text).ok());
    return ReadApiKey("--key-file", path_, "TEST_KEY");
  }

  ScratchFolder folder_;
  const std::string path_ = folder_.path() + "/key";
};

TEST_F(ReadApiKeyTest, TakesTheFileBeforeTheVariable) {
  EXPECT_EQ(*ReadApiKey("--key-file", "", "TEST_KEY"), "");
  EXPECT_EQ(*ReadApiKey("--key-file", ""), "");
  setenv("TEST_KEY", "of-the-variable", 1);
  EXPECT_EQ(*ReadApiKey("--key-file", "", "TEST_KEY"), "of-the-variable");
  EXPECT_EQ(*FromFile(" of-the-file\n"), "of-the-file");
}

TEST_F(ReadApiKeyTest, RefusesAFileWithoutAKey) {
  EXPECT_THAT(std::string(FromFile("\n").status().message()),
              HasSubstr("--key-file " + path_ + " is empty; write the key into it"));
  const absl::Status missing = ReadApiKey("--key-file", path_ + ".missing").status();
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_THAT(std::string(missing.message()), HasSubstr("--key-file: "));
}

TEST_F(ReadApiKeyTest, RefusesWhatCannotBeInAHeaderWithoutQuotingIt) {
  for (const char* text : {"sesame\nHost: other", "sesame open", "s\xc3\xa9same", "sesame\x01"}) {
    const absl::Status status = FromFile(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("must hold the key alone"), Not(HasSubstr("same"))));
    setenv("TEST_KEY", text, 1);
    EXPECT_THAT(std::string(ReadApiKey("--key-file", "", "TEST_KEY").status().message()),
                HasSubstr("TEST_KEY must hold the key alone"));
  }
}

}  // namespace
}  // namespace hir
