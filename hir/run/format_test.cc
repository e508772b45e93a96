// Run folders as they were written: the present format is read from a committed one, every other
// number is refused. tests/fixtures/run/format_1 is what `hir train` left of two steps of a tiny
// model, without the weights of its checkpoint, the ledger and the logs.
#include "hir/run/format.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/base/record_lines.h"
#include "hir/run/metrics_log.h"
#include "hir/run/paths.h"
#include "hir/run/rollout_line.h"
#include "hir/run/run_files.h"
#include "hir/run/run_folder.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RunFormat : public ::testing::Test {
 protected:
  RunFormat() {
    fs::copy(HIR_SOURCE_DIR "/tests/fixtures/run/format_1", run_, fs::copy_options::recursive);
  }
  void SetNumber(const std::string& number) {
    ASSERT_TRUE(
        WriteFileAtomically(run_ + "/run.json", absl::StrCat("{\"format\": ", number, "}\n")).ok());
  }

  ScratchFolder scratch_;
  const std::string run_ = scratch_.Path("demo");
};

TEST_F(RunFormat, OneIsReadWhole) {
  ASSERT_EQ(CheckRunFormat(run_), absl::OkStatus());
  const auto config = ReadRunConfig(run_);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->learner.total_steps, 2);
  const RunFolder folder(*config);
  EXPECT_EQ(folder.path(), run_);
  EXPECT_EQ(*folder.StepsTrained(), 2);
  EXPECT_THAT(folder.EvaluatedSteps(), ElementsAre(0, 2));
  for (const int64_t step : {0, 2}) {
    EXPECT_TRUE(folder.HasEvaluation(step));
    EXPECT_THAT(*folder.ReadVerdicts(step), SizeIs(2));
  }
  const MetricsLog log(MetricsPath(run_));
  EXPECT_THAT(*log.Digests(), SizeIs(2));
  EXPECT_THAT(log.MetricsOf(2)->at("hindsight/replayed"), Gt(0));
  EXPECT_EQ(folder.NewestCheckpoint(), run_ + "/checkpoints/global_step_2");
  const auto overview = RunFiles(run_).Overview(0);
  ASSERT_TRUE(overview.ok()) << overview.status();
  EXPECT_THAT(overview->at("metrics"), SizeIs(2));
  EXPECT_THAT(overview->at("comparison").at("comparisons"), SizeIs(2));
  ASSERT_THAT(overview->at("rollout_steps"), ElementsAre(1, 2));
}

TEST_F(RunFormat, EveryRolloutLineOfOneIsRead) {
  static constexpr const char* kLine[] = {"run",    "step", "task",       "sample",
                                          "layout", "text", "constraints"};
  static constexpr const char* kConstraint[] = {"kind", "text", "verdict"};
  const auto lines = ReadRecordLines(RolloutsPath(run_, 1));
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_THAT(*lines, SizeIs(Gt(0)));
  for (const RecordLine& line : *lines) {
    const auto rollout = ReadRolloutLine(line.object, {kLine, kConstraint});
    ASSERT_TRUE(rollout.ok()) << rollout.status();
    EXPECT_THAT(rollout->instruction.constraints, SizeIs(2));
  }
}

TEST_F(RunFormat, AFolderFromBeforeTheNumbersIsOfFormatOneAndGetsItsNumber) {
  ASSERT_TRUE(fs::remove(run_ + "/run.json"));
  ASSERT_EQ(CheckRunFormat(run_), absl::OkStatus());
  EXPECT_TRUE(RunFiles(run_).Overview(0).ok());
  ASSERT_EQ(ClaimRunFolder(run_), absl::OkStatus());
  EXPECT_EQ(*ReadFile(run_ + "/run.json"), "{\"format\": 1}\n");
}

TEST_F(RunFormat, AnotherOneIsRefusedByItsNumberAndNothingIsWritten) {
  for (const char* number : {"0", "2"}) {
    SetNumber(number);
    const std::string refusal =
        absl::StrCat(run_, " is a run folder of format ", number,
                     " but this version of HiR reads format 1; use the version that made the run");
    const auto config = ReadRunConfig(run_);
    for (const absl::Status& status :
         {CheckRunFormat(run_), ClaimRunFolder(run_), CheckFormatOfRunOf(RolloutsPath(run_, 1)),
          CheckFormatOfRunOf(MetricsPath(run_)), config.status(),
          RunFiles(run_).Overview(0).status(), RunFiles(run_).Rollouts(1).status()}) {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(refusal));
    }
    RunConfig other;
    other.output_dir = scratch_.path();
    other.name = "demo";
    const std::string before = *ReadFile(ConfigPath(run_));
    EXPECT_THAT(std::string(RunFolder(other).SaveConfig(other).message()), HasSubstr(refusal));
    EXPECT_EQ(*ReadFile(ConfigPath(run_)), before);
  }
}

TEST_F(RunFormat, ANumberThatIsNoneIsNamed) {
  for (const char* text : {"", "{}", "[1]", "{\"format\": \"1\"}", "{\"format\": 1.5}", "{"}) {
    ASSERT_TRUE(WriteFileAtomically(run_ + "/run.json", text).ok());
    const absl::Status status = CheckRunFormat(run_);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(run_ + "/run.json"));
  }
}

TEST_F(RunFormat, ANewFolderHasTheNumberThatIsRead) {
  RunConfig config;
  config.output_dir = scratch_.path();
  config.name = "fresh";
  ASSERT_EQ(RunFolder(config).SaveConfig(config), absl::OkStatus());
  EXPECT_EQ(*ReadFile(scratch_.Path("fresh/run.json")), "{\"format\": 1}\n");
}

TEST_F(RunFormat, FilesElsewhereHaveNone) {
  EXPECT_EQ(CheckFormatOfRunOf("no/such/file.jsonl"), absl::OkStatus());
  EXPECT_EQ(CheckFormatOfRunOf("file.jsonl"), absl::OkStatus());
}

}  // namespace
}  // namespace hir
