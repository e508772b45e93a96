#include "hir/base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace hir {
namespace {

class FileLockTest : public ::testing::Test {
 protected:
  FileLockTest() {
    char folder[] = "/tmp/hir_file_lock_XXXXXX";
    folder_ = mkdtemp(folder);
    path_ = folder_ + "/made/.lock";
  }
  ~FileLockTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_, path_;
};

TEST_F(FileLockTest, HasOneHolderAtATime) {
  auto first = FileLock::Take(path_, absl::ZeroDuration());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = FileLock::Take(path_, absl::ZeroDuration());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(second.status().message()), ::testing::HasSubstr(path_));
  first->reset();
  EXPECT_TRUE(FileLock::Take(path_, absl::ZeroDuration()).ok());
}

TEST_F(FileLockTest, NamesAFileThatCannotBeMade) {
  const auto lock = FileLock::Take("/proc/nowhere/.lock", absl::ZeroDuration());
  EXPECT_EQ(lock.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(lock.status().message()), ::testing::HasSubstr("/proc/nowhere/.lock"));
}

}  // namespace
}  // namespace hir
