#include "hir/data/check.h"

#include <unistd.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::Status OnlyKindA(const ConstraintText& constraint) {
  return constraint.kind == "a" ? absl::OkStatus()
                                : absl::InvalidArgumentError("unknown kind " + constraint.kind);
}

std::string Line(const std::string& id, const std::string& question, const std::string& kind) {
  return R"({"id":")" + id + R"(","question":")" + question + R"(","constraints":[{"kind":")" +
         kind + R"(","arguments":{},"text":"t"}],"layout":2})" + "\n";
}

class CheckTest : public ::testing::Test {
 protected:
  CheckTest() : path_(::testing::TempDir() + "/check_test_" + std::to_string(getpid())) {}
  ~CheckTest() override { std::filesystem::remove(path_); }

  DataReport Check(const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(path_, text).ok());
    auto report = CheckInstructions(path_, OnlyKindA);
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  }
  std::vector<std::string> Problems(const std::string& text) {
    std::vector<std::string> lines;
    for (const DataProblem& problem : Check(text).problems) {
      lines.push_back(std::to_string(problem.line) + ": " + problem.text);
    }
    return lines;
  }

  std::string path_;
};

TEST_F(CheckTest, GoodFileHasNoProblems) {
  const DataReport report = Check(Line("1", "q", "a") + Line("2", "r", "a"));
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.records, 2);
  EXPECT_EQ(report.rewritable, 2);
  EXPECT_EQ(report.kinds.at("a"), 2);
  EXPECT_EQ(report.layouts[2], 2);
}

TEST_F(CheckTest, EveryBadLineIsReported) {
  EXPECT_THAT(Problems(Line("1", "q", "a") + "{\n" + Line("2", "r", "b") + "{}\n"),
              ElementsAre("2: not JSON at byte 2", "3: constraint 1: unknown kind b",
                          "4: question is missing"));
}

TEST_F(CheckTest, RepeatedIdsAndInstructionsAreReported) {
  EXPECT_THAT(Problems(Line("1", "q", "a") + Line("1", "r", "a") + Line("3", "q", "a")),
              ElementsAre("2: id \"1\" repeats line 1", "3: the instruction repeats line 1"));
}

TEST_F(CheckTest, SummaryTellsWhatIsInTheFile) {
  const std::string summary = SummaryOf(Check(Line("1", "q", "a") + Line("2", "r", "a")));
  EXPECT_THAT(summary, HasSubstr("2 instructions (HiR form), 2 constraints of 1 kinds, 2 can be "
                                 "rewritten in hindsight"));
  EXPECT_THAT(summary, HasSubstr("constraints per instruction: 1 x 2\n"));
  EXPECT_THAT(summary, HasSubstr("layouts: 1 x 0 2 x 2"));
  EXPECT_THAT(summary, HasSubstr("2  a\n"));
}

TEST_F(CheckTest, MissingFileIsAnError) {
  EXPECT_EQ(CheckInstructions(path_, OnlyKindA).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hir
