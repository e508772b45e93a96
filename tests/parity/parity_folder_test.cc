#include "tests/parity/parity_folder.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace hir {
namespace {

// Names the folder for one test.
class NamedFolder {
 public:
  explicit NamedFolder(const char* folder) {
    const char* const before = std::getenv("HIR_PARITY_DIR");
    if (before != nullptr) before_ = before;
    Set(folder);
  }
  ~NamedFolder() { Set(before_ ? before_->c_str() : nullptr); }

 private:
  static void Set(const char* folder) {
    if (folder != nullptr) {
      setenv("HIR_PARITY_DIR", folder, 1);  // NOLINT(concurrency-mt-unsafe): there is one thread.
    } else {
      unsetenv("HIR_PARITY_DIR");  // NOLINT(concurrency-mt-unsafe)
    }
  }
  std::optional<std::string> before_;
};

TEST(ParityPath, IsThatOfAFileInTheNamedFolder) {
  const NamedFolder named(HIR_SOURCE_DIR "/tests/parity");
  EXPECT_EQ(ParityPath("CMakeLists.txt"), HIR_SOURCE_DIR "/tests/parity/CMakeLists.txt");
  EXPECT_EQ(ParityPath(""), HIR_SOURCE_DIR "/tests/parity");
}

TEST(ParityPath, FailsTheTestWhenTheNamedFolderLacksTheFile) {
  const NamedFolder named("/no/such/folder");
  EXPECT_NONFATAL_FAILURE(EXPECT_EQ(ParityPath("x.jsonl"), std::nullopt),
                          "/no/such/folder/x.jsonl is absent");
}

TEST(ParityPath, SkipsTheTestWhenTheDefaultFolderLacksTheFile) {
  const NamedFolder unnamed(nullptr);
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    (void)ParityPath("no_such_file.jsonl");
  }
  ASSERT_EQ(results.size(), 1);
  EXPECT_TRUE(results.GetTestPartResult(0).skipped());
}

}  // namespace
}  // namespace hir
