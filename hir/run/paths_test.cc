#include "hir/run/paths.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(StepsOfFiles, AreThoseWhoseFilesAreCalledAfterThem) {
  const ScratchFolder run;
  for (const int64_t step : {12, 3, 1234567}) {
    ASSERT_TRUE(WriteFileAtomically(RolloutsPath(run.path(), step), "").ok());
  }
  for (const char* other : {"step_000004.jsonl.tmp", "step_5.jsonl", "step_.jsonl", "step_000006",
                            "step_99999999999999999999.jsonl", "notes"}) {
    ASSERT_TRUE(WriteFileAtomically(RolloutsFolder(run.path()) + "/" + other, "").ok());
  }
  EXPECT_THAT(StepsOfFiles(RolloutsFolder(run.path())), ElementsAre(3, 12, 1234567));
  EXPECT_THAT(StepsOfFiles(EvaluationsFolder(run.path())), IsEmpty());
}

TEST(CheckpointSteps, AreThoseThatAreShownByNumber) {
  const ScratchFolder run;
  EXPECT_THAT(CheckpointSteps(run.path()), IsEmpty());
  for (const int64_t step : {10, 9}) {
    ASSERT_TRUE(WriteFileAtomically(CheckpointPath(run.path(), step) + "/config.json", "").ok());
  }
  // One that is being written.
  ASSERT_TRUE(
      WriteFileAtomically(CheckpointPath(run.path(), 11) + ".writing.3/config.json", "").ok());
  EXPECT_THAT(CheckpointSteps(run.path()), ElementsAre(9, 10));
}

}  // namespace
}  // namespace hir
