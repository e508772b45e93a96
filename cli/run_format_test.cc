// Every command that opens the folder of a run refuses one of another format by its number.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RunFormat : public ::testing::Test {
 protected:
  RunFormat() {
    fs::copy(HIR_SOURCE_DIR "/tests/fixtures/run/format_1", run_, fs::copy_options::recursive);
  }

  const ScratchFolder scratch_;
  const std::string run_ = scratch_.Path("demo");
};

TEST_F(RunFormat, OfAnotherNumberIsRefusedByEveryCommandThatOpensOne) {
  using Args = std::vector<std::string>;
  const std::string responses = run_ + "/eval/step_000002.jsonl";
  for (const char* number : {"0", "2"}) {
    ASSERT_TRUE(
        WriteFileAtomically(run_ + "/run.json", absl::StrCat("{\"format\": ", number, "}")).ok());
    const std::string refusal = absl::StrCat(run_, " is a run folder of format ", number,
                                             " but this version of HiR reads format 1");
    const std::vector<absl::Status> refused = {
        RunStatusCommand(Args{run_}),
        RunDashboardCommand(Args{run_, "--listen=127.0.0.1:0"}),
        RunReportCommand(Args{run_}),
        RunVerifyCommand(Args{"--rescore", run_}),
        RunVerifyCommand(Args{"--input", responses, "--output", scratch_.Path("verdicts")}),
        RunHindsightCommand(Args{"--input", run_ + "/rollouts/step_000001.jsonl", "--step", "1"}),
        RunEvalCommand(Args{"--model", scratch_.Path("no-model"), "--suite", responses})};
    for (const absl::Status& status : refused) {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(refusal));
    }
    EXPECT_FALSE(fs::exists(run_ + "/report.html"));
    EXPECT_FALSE(fs::exists(scratch_.Path("verdicts")));
  }
}

TEST_F(RunFormat, OneIsOpenedByEachOfThem) {
  testing::internal::CaptureStdout();
  using Args = std::vector<std::string>;
  for (const absl::Status& status :
       {RunStatusCommand(Args{run_}), RunReportCommand(Args{run_}),
        RunVerifyCommand(Args{"--rescore", run_}),
        // The model of the run is not here.
        RunHindsightCommand(Args{"--input", run_ + "/rollouts/step_000001.jsonl", "--step", "1",
                                 "--set", "model.path="})}) {
    EXPECT_EQ(status, absl::OkStatus());
  }
  const std::string output = testing::internal::GetCapturedStdout();
  EXPECT_THAT(output, HasSubstr("steps trained    2 of 2"));
  EXPECT_TRUE(fs::exists(run_ + "/report.html"));
}

}  // namespace
}  // namespace hir
