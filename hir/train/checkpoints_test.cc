#include "hir/train/checkpoints.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "hir/base/file.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

class CheckpointsTest : public ::testing::Test {
 protected:
  CheckpointsTest() {
    char folder[] = "/tmp/hir_checkpoints_XXXXXX";
    run_dir_ = mkdtemp(folder);
  }
  ~CheckpointsTest() override { fs::remove_all(run_dir_); }

  void Write(int64_t step, int keep_last = 2) {
    const auto folder =
        Checkpoints(run_dir_, keep_last)
            .Write({.step = step, .run = "r", .incarnation = 4, .weights_digest = "ab"},
                   [&](const std::string& path) {
                     return WriteFileAtomically(path + "/weights", std::to_string(step));
                   });
    ASSERT_TRUE(folder.ok()) << folder.status();
  }

  std::string Folder(int64_t step) const {
    return run_dir_ + "/checkpoints/global_step_" + std::to_string(step);
  }

  std::string run_dir_;
};

TEST_F(CheckpointsTest, FindsNothingInAFreshRun) {
  const auto found = Checkpoints(run_dir_, 2).FindNewest("r");
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->has_value());
}

TEST_F(CheckpointsTest, FindsTheNewestAndItsRecord) {
  Write(9);
  Write(10);
  const auto found = Checkpoints(run_dir_, 2).FindNewest("r");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->folder, Folder(10));
  EXPECT_EQ((*found)->record.step, 10);
  EXPECT_EQ((*found)->record.incarnation, 4);
  EXPECT_EQ((*found)->record.weights_digest, "ab");
}

TEST_F(CheckpointsTest, PointsToTheNewest) {
  Write(3);
  Write(6);
  EXPECT_EQ(*ReadFile(run_dir_ + "/checkpoints/latest_checkpointed_iteration.txt"), "6\n");
}

TEST_F(CheckpointsTest, KeepsOnlyTheLast) {
  for (const int64_t step : {1, 2, 3, 10}) Write(step);
  EXPECT_EQ(Checkpoints(run_dir_, 2).Steps(), (std::vector<int64_t>{3, 10}));
}

TEST_F(CheckpointsTest, RemovesThoseOfLaterStepsThatARunStartedAfreshLeft) {
  for (const int64_t step : {20, 30, 10}) Write(step);
  EXPECT_EQ(Checkpoints(run_dir_, 2).Steps(), (std::vector<int64_t>{10}));
}

TEST_F(CheckpointsTest, PassesOverADamagedOne) {
  Write(1);
  Write(2);
  ASSERT_TRUE(WriteFileAtomically(Folder(2) + "/weights", "flipped").ok());
  const auto found = Checkpoints(run_dir_, 2).FindNewest("r");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->record.step, 1);
}

TEST_F(CheckpointsTest, PassesOverOneThatLacksAFile) {
  Write(1);
  Write(2);
  fs::remove(Folder(2) + "/weights");
  EXPECT_EQ((*Checkpoints(run_dir_, 2).FindNewest("r"))->record.step, 1);
}

TEST_F(CheckpointsTest, IgnoresAndRemovesLeftoversOfACrash) {
  Write(1);
  ASSERT_TRUE(WriteFileAtomically(Folder(2) + ".writing/weights", "half").ok());
  EXPECT_EQ((*Checkpoints(run_dir_, 2).FindNewest("r"))->record.step, 1);
  Write(3);
  EXPECT_FALSE(fs::exists(Folder(2) + ".writing"));
}

TEST_F(CheckpointsTest, LeavesNothingBehindWhenSavingFails) {
  const auto folder = Checkpoints(run_dir_, 2).Write({.step = 5, .run = "r"}, [](const auto& path) {
    (void)WriteFileAtomically(path + "/weights", "half");
    return absl::UnavailableError("disk full");
  });
  EXPECT_EQ(folder.status(), absl::UnavailableError("disk full"));
  EXPECT_FALSE(fs::exists(Folder(5)));
  EXPECT_FALSE(fs::exists(Folder(5) + ".writing"));
}

TEST_F(CheckpointsTest, RefusesTheCheckpointOfAnotherRun) {
  Write(1);
  EXPECT_EQ(Checkpoints(run_dir_, 2).FindNewest("other").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(CheckpointsTest, ReplacesOneOfTheSameStep) {
  Write(1);
  Write(1);
  EXPECT_EQ(*ReadFile(Folder(1) + "/weights"), "1");
}

}  // namespace
}  // namespace hir
