#include "hir/run/tensorboard_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/run/paths.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using tensorboard::v1::Event;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(FramedRecord, IsThatOfTensorFlowsRecordWriter) {
  // Length 3, its sum, the record and its sum, as masked_crc32c() of the package tensorboard gives
  // them.
  EXPECT_EQ(absl::BytesToHexString(FramedRecord("hir")), "0300000000000000b099490e68697213ac061b");
}

class TensorBoardLogTest : public ::testing::Test {
 protected:
  static learner::v1::StepReport Report(int64_t step, double density) {
    learner::v1::StepReport report;
    report.set_step(step);
    (*report.mutable_metrics())["reward_density"] = density;
    return report;
  }

  void Evaluate(int64_t step, const std::string& score, const std::string& suite = "") {
    ASSERT_TRUE(
        WriteFileAtomically(EvaluationsPath(run_, suite),
                            absl::StrCat("{\"step\":", step, ",\"prompt_strict\":", score, "}\n"))
            .ok());
  }

  // What a file says: "start STEP", "TAG STEP VALUE".
  static std::vector<std::string> Said(const std::string& file) {
    std::vector<std::string> said;
    std::string bytes = *ReadFile(file);
    for (size_t at = 0; at < bytes.size();) {
      const size_t size =
          static_cast<unsigned char>(bytes[at]) + 256 * static_cast<unsigned char>(bytes[at + 1]);
      Event event;
      EXPECT_TRUE(event.ParseFromString(bytes.substr(at + 12, size)));
      at += size + 16;
      if (!event.file_version().empty()) said.push_back(event.file_version());
      if (event.has_session_log()) said.push_back(absl::StrCat("start ", event.step()));
      for (const auto& value : event.summary().value()) {
        EXPECT_TRUE(value.has_simple_value());
        said.push_back(absl::StrCat(value.tag(), " ", event.step(), " ", value.simple_value()));
      }
    }
    return said;
  }

  const ScratchFolder scratch_;
  const std::string run_ = scratch_.path();
};

TEST_F(TensorBoardLogTest, HasStepsAndEvaluationsUnderTheirNames) {
  TensorBoardLog log(run_);
  Evaluate(0, "0");
  ASSERT_TRUE(log.AddEvaluation("", 0).ok());
  ASSERT_TRUE(log.AddStep(Report(1, 0.25)).ok());
  ASSERT_TRUE(log.AddStep(Report(2, 0)).ok());
  Evaluate(2, "0.5");
  ASSERT_TRUE(log.AddEvaluation("", 2).ok());
  ASSERT_EQ(EventFiles(run_).size(), 1u);
  EXPECT_THAT(
      Said(EventFiles(run_)[0]),
      ElementsAre("brain.Event:2", "eval/prompt_strict 0 0", "start 1", "reward_density 1 0.25",
                  "reward_density 2 0", "eval/prompt_strict 2 0.5"));
}

TEST_F(TensorBoardLogTest, EveryStartHasAFileThatSaysFromWhereItGoesOn) {
  Evaluate(2, "0.5");
  Evaluate(3, "0.25", "ifeval");
  {
    TensorBoardLog killed(run_);
    for (const int64_t step : {1, 2, 3}) ASSERT_TRUE(killed.AddStep(Report(step, 0.25)).ok());
  }
  TensorBoardLog log(run_);
  ASSERT_TRUE(log.AddStep(Report(2, 0.25)).ok());
  ASSERT_TRUE(log.AddStep(Report(3, 0.75)).ok());
  const std::vector<std::string> files = EventFiles(run_);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_THAT(Said(files[1]), ElementsAre("brain.Event:2", "start 2", "eval/prompt_strict 2 0.5",
                                          "eval/ifeval/prompt_strict 3 0.25",
                                          "reward_density 2 0.25", "reward_density 3 0.75"));
}

TEST_F(TensorBoardLogTest, NothingIsWrittenBeforeThereIsSomethingToSay) {
  TensorBoardLog log(run_);
  ASSERT_TRUE(log.AddEvaluation("", 0).ok());
  EXPECT_THAT(EventFiles(run_), IsEmpty());
}

TEST(NewEventFile, SortsAfterThoseOfAClockThatWasAhead) {
  const ScratchFolder scratch;
  const std::string run = scratch.path();
  const std::string first = NewEventFile(run, 2000);
  ASSERT_TRUE(WriteFileAtomically(first, "").ok());
  EXPECT_THAT(first, StartsWith(run + "/events.out.tfevents.0000002000."));
  EXPECT_THAT(NewEventFile(run, 2000), StartsWith(run + "/events.out.tfevents.0000002001."));
}

}  // namespace
}  // namespace hir
