#include "hir/base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace hir {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  const std::string folder_ = testing::TempDir() + "/file_test";
};

TEST_F(FileTest, WrittenBytesComeBackWhole) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/deep/x", bytes).ok());
  EXPECT_EQ(*ReadFile(folder_ + "/deep/x"), bytes);
}

TEST_F(FileTest, PartsAreWrittenOneAfterTheOther) {
  const std::string_view parts[] = {"one ", "", "two"};
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/x", parts).ok());
  EXPECT_EQ(*ReadFile(folder_ + "/x"), "one two");
}

TEST_F(FileTest, EmptyFileIsReadAsEmpty) {
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/x", "").ok());
  EXPECT_EQ(*ReadFile(folder_ + "/x"), "");
}

TEST_F(FileTest, WriteLeavesNoTemporaryFile) {
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/x", "1").ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(FileTest, FailedWriteKeepsWhatWasThere) {
  fs::create_directories(folder_ + "/x/occupied");
  EXPECT_FALSE(WriteFileAtomically(folder_ + "/x", "1").ok());
  EXPECT_TRUE(fs::exists(folder_ + "/x/occupied"));
}

TEST_F(FileTest, MissingFileIsNamed) {
  const auto read = ReadFile(folder_ + "/none");
  EXPECT_EQ(read.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(read.status().message().find("/none"), std::string::npos);
}

TEST_F(FileTest, AFolderIsNoFile) {
  fs::create_directories(folder_);
  const auto read = ReadFile(folder_);
  EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(read.status().message().find("is a folder"), std::string::npos);
}

TEST_F(FileTest, WhatIsNoRegularFileIsRefusedByItsKindWithoutWaiting) {
  fs::create_directories(folder_);
  ASSERT_EQ(mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder_ + "/link");
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {.sun_family = AF_UNIX};
  std::strncpy(address.sun_path, (folder_ + "/socket").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::vector<std::pair<std::string, std::string>> kinds = {{folder_ + "/pipe", "a FIFO"},
                                                                  {folder_ + "/link", "a FIFO"},
                                                                  {folder_ + "/socket", "a socket"},
                                                                  {"/dev/zero", "a device"}};
  for (const auto& [path, kind] : kinds) {
    const absl::Status status = ReadFile(path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_NE(status.message().find(path + " is " + kind), std::string::npos) << status;
  }
  close(listener);
}

TEST_F(FileTest, AnErrorWhileReadingIsNoEndOfTheFile) {
  // Address 0 is not mapped.
  EXPECT_EQ(ReadFile("/proc/self/mem").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(FileTest, ADeviceStaysADevice) {
  fs::create_directories(folder_);
  fs::create_symlink("/dev/null", folder_ + "/x");
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/x", "1").ok());
  EXPECT_TRUE(fs::is_character_file(folder_ + "/x"));
  EXPECT_TRUE(fs::is_symlink(folder_ + "/x"));
}

TEST_F(FileTest, AnOpenFileIsAddedTo) {
  ASSERT_TRUE(AppendToFile(folder_ + "/out", "said before, ").ok());
  const int fd = open((folder_ + "/out").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  fs::create_symlink("/proc/self/fd/" + std::to_string(fd), folder_ + "/link");
  EXPECT_TRUE(WriteFileAtomically(folder_ + "/link", "said now, ").ok());
  EXPECT_TRUE(WriteFileAtomically("/dev/fd/" + std::to_string(fd), "and again").ok());
  close(fd);
  EXPECT_EQ(*ReadFile(folder_ + "/out"), "said before, said now, and again");
}

TEST_F(FileTest, ALinkStaysAndWhatItNamesIsWritten) {
  fs::create_directories(folder_ + "/deep");
  fs::create_symlink("deep/x", folder_ + "/link");
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/link", "1").ok());
  EXPECT_TRUE(fs::is_symlink(folder_ + "/link"));
  EXPECT_EQ(*ReadFile(folder_ + "/deep/x"), "1");
}

TEST_F(FileTest, LinksInACircleAreRefused) {
  fs::create_directories(folder_);
  fs::create_symlink("b", folder_ + "/a");
  fs::create_symlink("a", folder_ + "/b");
  EXPECT_FALSE(WriteFileAtomically(folder_ + "/a", "1").ok());
}

TEST_F(FileTest, AppendAddsToTheEnd) {
  ASSERT_TRUE(AppendToFile(folder_ + "/x", "a").ok());
  ASSERT_TRUE(AppendToFile(folder_ + "/x", "b").ok());
  EXPECT_EQ(*ReadFile(folder_ + "/x"), "ab");
}

}  // namespace
}  // namespace hir
