#include "hir/train/checkpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hir/base/file.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CheckpointsTest : public ::testing::Test {
 protected:
  CheckpointsTest() {
    char folder[] = "/tmp/hir_checkpoints_XXXXXX";
    run_dir_ = mkdtemp(folder);
  }
  ~CheckpointsTest() override { fs::remove_all(run_dir_); }

  static CheckpointRecord Record(int64_t step, uint64_t incarnation) {
    return {.step = step,
            .run = "r",
            .incarnation = incarnation,
            .weights_digest = "ab",
            .batch_digest = "cd"};
  }

  // Writes like a learner that owns the run.
  void Write(int64_t step, uint64_t incarnation = 4, int keep_every = 0) {
    Checkpoints checkpoints(run_dir_, 2, keep_every);
    const auto folder = checkpoints.Write(
        Record(step, incarnation),
        [&](const std::string& path) {
          return WriteFileAtomically(path + "/weights", absl::StrCat(step, " of ", incarnation));
        },
        [] { return absl::OkStatus(); });
    ASSERT_TRUE(folder.ok()) << folder.status();
    checkpoints.PruneOlderThan(Record(step, incarnation));
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
  EXPECT_EQ((*found)->record.batch_digest, "cd");
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

TEST_F(CheckpointsTest, KeepsThoseOfEveryNthStepForEver) {
  for (int64_t step = 2; step <= 14; step += 2) Write(step, 4, /*keep_every=*/6);
  EXPECT_THAT(Checkpoints(run_dir_, 2).Steps(), ElementsAre(6, 12, 14));
}

TEST_F(CheckpointsTest, KeepsTheBestUntilAnotherIs) {
  Write(1);
  ASSERT_TRUE(MarkBestCheckpoint(run_dir_, 1).ok());
  for (const int64_t step : {2, 3, 4}) Write(step);
  EXPECT_THAT(Checkpoints(run_dir_, 2).Steps(), ElementsAre(1, 3, 4));
  const std::string best = run_dir_ + "/checkpoints/best";
  EXPECT_EQ(*ReadFile(best + "/weights"), "1 of 4");
  EXPECT_EQ(fs::read_symlink(best), "global_step_1");
  ASSERT_TRUE(MarkBestCheckpoint(run_dir_, 4).ok());
  Write(5);
  EXPECT_THAT(Checkpoints(run_dir_, 2).Steps(), ElementsAre(4, 5));
  EXPECT_EQ(*ReadFile(best + "/weights"), "4 of 4");
}

TEST_F(CheckpointsTest, TheBestIsOneThatExists) {
  Write(1);
  ASSERT_TRUE(MarkBestCheckpoint(run_dir_, 1).ok());
  EXPECT_TRUE(absl::IsNotFound(MarkBestCheckpoint(run_dir_, 2)));
  EXPECT_EQ(fs::read_symlink(run_dir_ + "/checkpoints/best"), "global_step_1");
}

TEST_F(CheckpointsTest, MarksTheBestWhateverACrashLeft) {
  Write(1);
  fs::create_symlink("global_step_9", run_dir_ + "/checkpoints/best.writing.0");
  ASSERT_TRUE(MarkBestCheckpoint(run_dir_, 1).ok());
  EXPECT_EQ(fs::read_symlink(run_dir_ + "/checkpoints/best"), "global_step_1");
  fs::create_symlink("global_step_9", run_dir_ + "/checkpoints/best.writing.0");
  Write(2);
  EXPECT_FALSE(fs::is_symlink(run_dir_ + "/checkpoints/best.writing.0"));
}

TEST_F(CheckpointsTest, ThoseOfARunThatBeganAfreshAreNewerWhateverTheirSteps) {
  for (const int64_t step : {20, 30}) Write(step, /*incarnation=*/4);
  Write(10, /*incarnation=*/5);
  EXPECT_EQ((*Checkpoints(run_dir_, 2).FindNewest("r"))->record.step, 10);
  Write(12, /*incarnation=*/5);
  EXPECT_EQ(Checkpoints(run_dir_, 2).Steps(), (std::vector<int64_t>{10, 12}));
}

// A learner that stalled continues long after another one has taken over the run.
TEST_F(CheckpointsTest, NothingOfAHigherIncarnationIsEverRemovedOrReplaced) {
  for (const int64_t step : {2, 4, 24, 26}) Write(step, /*incarnation=*/2);
  Checkpoints stale(run_dir_, 1);
  stale.PruneOlderThan(Record(30, 1));
  EXPECT_EQ(stale.Steps(), (std::vector<int64_t>{24, 26}));
  ASSERT_TRUE(WriteFileAtomically(Folder(28) + ".writing.2/weights", "half").ok());
  const auto written = stale.Write(
      Record(26, 1), [](const auto& path) { return WriteFileAtomically(path + "/weights", "old"); },
      [] { return absl::OkStatus(); });
  EXPECT_EQ(written.status().code(), absl::StatusCode::kFailedPrecondition) << written.status();
  EXPECT_EQ(*ReadFile(Folder(26) + "/weights"), "26 of 2");
  EXPECT_TRUE(fs::exists(Folder(28) + ".writing.2"));
  EXPECT_FALSE(fs::exists(Folder(26) + ".writing.1"));
}

TEST_F(CheckpointsTest, ShowsNothingUnlessTheFenceLetsItPass) {
  Write(1);
  Checkpoints checkpoints(run_dir_, 2);
  const auto written = checkpoints.Write(
      Record(2, 4), [](const auto& path) { return WriteFileAtomically(path + "/weights", "2"); },
      [] { return absl::FailedPreconditionError("another learner has taken over"); });
  EXPECT_EQ(written.status(), absl::FailedPreconditionError("another learner has taken over"));
  EXPECT_EQ(checkpoints.Steps(), (std::vector<int64_t>{1}));
  EXPECT_EQ(*ReadFile(run_dir_ + "/checkpoints/latest_checkpointed_iteration.txt"), "1\n");
}

TEST_F(CheckpointsTest, AnEmptyFolderHasAnOldestCheckpointToo) {
  EXPECT_EQ(Checkpoints(run_dir_, 2).OldestKept(Record(7, 1)), 7);
}

// A program that loads the folder with all of its *.safetensors gets only the model.
TEST_F(CheckpointsTest, HasNothingOfItsOwnBesideTheModel) {
  Write(1);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(Folder(1)))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("weights", "trainer"));
}

TEST_F(CheckpointsTest, RefusesARecordThatSomebodyChanged) {
  Write(1);
  Write(2);
  const std::string path = Folder(2) + "/trainer/trainer_state.json";
  const std::string text = *ReadFile(path);
  for (const auto& [before, after] :
       std::map<std::string, std::string>{{"\"step\": 2", "\"step\": 999"},
                                          {"\"incarnation\": 4", "\"incarnation\": 1"},
                                          {"\"run\": \"r\"", "\"run\": \"q\""},
                                          {"record_sha256", "other"}}) {
    ASSERT_THAT(text, HasSubstr(before));
    ASSERT_TRUE(WriteFileAtomically(path, absl::StrReplaceAll(text, {{before, after}})).ok());
    const auto found = Checkpoints(run_dir_, 2).FindNewest("r");
    EXPECT_EQ(found.status().code(), absl::StatusCode::kFailedPrecondition) << after;
    EXPECT_THAT(std::string(found.status().message()), HasSubstr(path));
  }
}

TEST_F(CheckpointsTest, RefusesAFolderWithTheNameOfAnotherStep) {
  Write(2);
  fs::rename(Folder(2), Folder(999));
  const auto found = Checkpoints(run_dir_, 2).FindNewest("r");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("global_step_999"));
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("step 2;"));
}

TEST_F(CheckpointsTest, RefusesAFolderOfAnEarlierVersion) {
  ASSERT_TRUE(WriteFileAtomically(Folder(3) + "/trainer_state.json", "{\"step\":3}").ok());
  const auto found = Checkpoints(run_dir_, 2).FindNewest("r");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("earlier version"));
  EXPECT_THAT(std::string(found.status().message()), HasSubstr(Folder(3)));
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
  ASSERT_TRUE(WriteFileAtomically(Folder(2) + ".writing.3/weights", "half").ok());
  EXPECT_EQ((*Checkpoints(run_dir_, 2).FindNewest("r"))->record.step, 1);
  Write(3);
  EXPECT_FALSE(fs::exists(Folder(2) + ".writing.3"));
}

TEST_F(CheckpointsTest, LeavesNothingBehindWhenSavingFails) {
  const auto folder = Checkpoints(run_dir_, 2)
                          .Write(
                              Record(5, 1),
                              [](const auto& path) {
                                (void)WriteFileAtomically(path + "/weights", "half");
                                return absl::UnavailableError("disk full");
                              },
                              [] { return absl::OkStatus(); });
  EXPECT_EQ(folder.status(), absl::UnavailableError("disk full"));
  EXPECT_FALSE(fs::exists(Folder(5)));
  EXPECT_FALSE(fs::exists(Folder(5) + ".writing.1"));
}

TEST_F(CheckpointsTest, RefusesTheCheckpointOfAnotherRun) {
  Write(1);
  EXPECT_EQ(Checkpoints(run_dir_, 2).FindNewest("other").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(CheckpointsTest, ReplacesOneOfTheSameStep) {
  Write(1, /*incarnation=*/4);
  Write(1, /*incarnation=*/5);
  EXPECT_EQ(*ReadFile(Folder(1) + "/weights"), "1 of 5");
}

}  // namespace
}  // namespace hir
