#include "hir/base/machine_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "hir/base/file.h"

namespace hir {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

TEST(WishForLargePages, TakesAnyPieceOfMemory) {
  std::string memory(5'000'000, 'x');
  WishForLargePages(memory.data(), memory.size());
  WishForLargePages(memory.data() + 1, 10);
  WishForLargePages(memory.data(), 0);
  EXPECT_EQ(memory, std::string(5'000'000, 'x'));
}

class ControlGroupLimit : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& content) {
    ASSERT_TRUE(WriteFileAtomically(root_ + path, content).ok());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  const std::string root_ = testing::TempDir() + "/machine_memory_test";
};

TEST_F(ControlGroupLimit, IsTheLeastOfAGroupAndItsParents) {
  Write("/a/memory.max", "5000\n");
  Write("/a/b/memory.max", "max\n");
  Write("/a/b/c/memory.max", "9000\n");
  EXPECT_EQ(internal::ControlGroupLimit(root_, "0::/a/b/c\n"), 5000);
  EXPECT_EQ(internal::ControlGroupLimit(root_, "0::/other\n"), kNoLimit);
}

// A container with its own namespace sees its group as the root.
TEST_F(ControlGroupLimit, IsThatOfTheRootInAContainer) {
  Write("/memory.max", "7000\n");
  EXPECT_EQ(internal::ControlGroupLimit(root_, "0::/\n"), 7000);
}

TEST_F(ControlGroupLimit, IsReadInTheFormatOfVersion1) {
  Write("/memory/docker/x/memory.limit_in_bytes", "8000\n");
  EXPECT_EQ(internal::ControlGroupLimit(root_, "4:cpu,cpuacct:/y\n2:memory:/docker/x\n"), 8000);
}

TEST_F(ControlGroupLimit, IsNoneWhereNothingIsSaid) {
  EXPECT_EQ(internal::ControlGroupLimit(root_, ""), kNoLimit);
  EXPECT_EQ(internal::ControlGroupLimit(root_, "nonsense\n0:\n"), kNoLimit);
  Write("/memory.max", "");
  EXPECT_EQ(internal::ControlGroupLimit(root_, "0::/\n"), kNoLimit);
}

TEST(MachineMemoryBytes, IsMoreThanThisTestUses) { EXPECT_GT(MachineMemoryBytes(), 64 << 20); }

}  // namespace
}  // namespace hir
