#include "hir/driver/train_run.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

class TrainRunTest : public ::testing::Test {
 protected:
  TrainRunTest() {
    inputs_.config.output_dir = scratch_.path();
    inputs_.config.name = "demo";
  }
  absl::Status Run() {
    RunObserver nobody;
    return TrainRun(request_, inputs_, nobody, [] { return true; }).status();
  }

  const ScratchFolder scratch_;
  TrainInputs inputs_;
  TrainRequest request_;
};

TEST_F(TrainRunTest, RefusesARunOfAnotherFormatByItsNumberAndWritesNothing) {
  for (const char* number : {"0", "2"}) {
    std::filesystem::remove_all(scratch_.Path("demo"));
    const std::string text = std::string("{\"format\": ") + number + "}\n";
    ASSERT_TRUE(WriteFileAtomically(scratch_.Path("demo/run.json"), text).ok());
    for (const absl::Status& status : {CheckTrainRun(request_, inputs_), Run()}) {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
      EXPECT_THAT(std::string(status.message()),
                  HasSubstr(scratch_.Path("demo") + " is a run folder of format " + number));
    }
    EXPECT_EQ(*ReadFile(scratch_.Path("demo/run.json")), text);
    EXPECT_FALSE(std::filesystem::exists(scratch_.Path("demo/config.yaml")));
  }
}

TEST_F(TrainRunTest, ANewLedgerOfALocalRingWantsACheckpoint) {
  request_.new_ledger = true;
  EXPECT_THAT(std::string(CheckTrainRun(request_, inputs_).message()),
              HasSubstr("has no checkpoint to go on from"));
  std::filesystem::create_directories(scratch_.Path("demo/checkpoints/global_step_3"));
  EXPECT_EQ(CheckTrainRun(request_, inputs_), absl::OkStatus());
}

TEST_F(TrainRunTest, ALearnerElsewhereHasItsCheckpointsElsewhere) {
  request_.new_ledger = true;
  request_.connect = {.replay = "a:1", .verifier = "a:1", .rollouts = {"a:1"}, .learner = "a:1"};
  EXPECT_EQ(CheckTrainRun(request_, inputs_), absl::OkStatus());
}

}  // namespace
}  // namespace hir
