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

absl::Status OnlyKindA(const Constraint& constraint) {
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
      lines.push_back(Named(problem.place) + ": " + problem.text);
    }
    return lines;
  }

  std::string path_;
};

TEST_F(CheckTest, GoodFileHasNoProblems) {
  const DataReport report = Check(Line("1", "q", "a") + Line("2", "r", "a"));
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.records, 2);
  EXPECT_EQ(report.replayable, 0);
  EXPECT_EQ(report.kinds.at("a"), 2);
  EXPECT_EQ(report.layouts[2], 2);
}

TEST_F(CheckTest, EveryBadLineIsReported) {
  EXPECT_THAT(Problems(Line("1", "q", "a") + "{\n" + Line("2", "r", "b") + "{}\n"),
              ElementsAre("line 2: not JSON at byte 2", "line 3: constraint 1: unknown kind b",
                          "line 4: question is missing"));
}

TEST_F(CheckTest, RepeatedIdsAndInstructionsAreReported) {
  EXPECT_THAT(
      Problems(Line("1", "q", "a") + Line("1", "r", "a") + Line("3", "q", "a")),
      ElementsAre("line 2: id \"1\" repeats line 1", "line 3: the instruction repeats line 1"));
}

TEST_F(CheckTest, SummaryTellsWhatIsInTheFile) {
  const std::string summary = SummaryOf(Check(Line("1", "q", "a") + Line("2", "r", "a")));
  EXPECT_THAT(summary,
              HasSubstr("2 instructions (HiR form), 2 constraints of 1 kinds\n"
                        "0 can be replayed in hindsight\n"
                        "        2  can't: there is a single constraint (line 1, line 2)"));
  EXPECT_THAT(summary, HasSubstr("constraints per instruction: 1 x 2\n"));
  EXPECT_THAT(summary, HasSubstr("layouts: 1 x 0 2 x 2"));
  EXPECT_THAT(summary, HasSubstr("2  a\n"));
}

TEST_F(CheckTest, RecordsThatCannotBeReplayedAreCountedByReasonWithExamples) {
  const auto row = [](const std::string& prompt, const std::string& constraint) {
    return nlohmann::json(
               {{"messages", {{{"role", "user"}, {"content", prompt}}}},
                {"ground_truth", "[{'instruction_id': ['a', 'a'], 'kwargs': [None, None]}]"},
                {"constraint", constraint}})
               .dump() +
           "\n";
  };
  std::string text = row("Tell it. Be short. Be kind.", "Be short. Be kind.");
  for (int i = 0; i < 5; ++i) text += row("Tell it " + std::to_string(i), "Be short. Be kind.");
  text += row("Tell it. Be short.", "Be short and kind.");
  const DataReport report = Check(text);
  EXPECT_EQ(report.replayable, 1);
  const std::string summary = SummaryOf(report);
  EXPECT_THAT(summary, HasSubstr("1 can be replayed in hindsight\n"));
  EXPECT_THAT(summary, HasSubstr("      5  can't: a constraint's text is not found in the prompt "
                                 "(line 2, line 3, line 4, ...)\n"));
  EXPECT_THAT(summary, HasSubstr("      1  can't: a constraint has no text of its own (line 7)\n"));
}

TEST_F(CheckTest, PromptsThatAreLaidOutAnewAndSystemPromptsAreCounted) {
  const std::string summary = SummaryOf(Check(
      R"([{"conversations": [{"role": "system", "content": "Be nice."},
                             {"role": "user", "content": "Describe it.\nRules:\n1. Be short\n2. Be kind"}],
           "constraints": [["X", "Y", "Be short"], ["X", "Y", "Be kind"]]}])"));
  EXPECT_THAT(summary, HasSubstr("1 prompts get a new layout"));
  EXPECT_THAT(summary, HasSubstr("1 records have the system prompt \"Be nice.\""));
  EXPECT_THAT(summary, HasSubstr("1 can be replayed"));
}

TEST_F(CheckTest, MissingFileIsAnError) {
  EXPECT_EQ(CheckInstructions(path_, OnlyKindA).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hir
