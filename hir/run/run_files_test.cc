#include "hir/run/run_files.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

class RunFilesTest : public testing::Test {
 protected:
  RunFilesTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/rollouts");
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }

  const std::string folder_ = testing::TempDir() + "/run_files/demo";
  const RunFiles run_{folder_ + "/"};
};

TEST_F(RunFilesTest, AFreshRunIsEmpty) {
  const auto overview = run_.Overview(0);
  ASSERT_TRUE(overview.ok()) << overview.status();
  EXPECT_EQ(*overview, json::parse(R"({"name": "demo", "config": "", "metrics": [], "evals": [],
                                       "comparison": null, "rollout_steps": []})"));
}

TEST_F(RunFilesTest, GivesTheStepsThatAreNewAndWholeLinesOnly) {
  Write("metrics.jsonl", "{\"step\": 1}\n{\"step\": 2}\n{\"step\": 3");
  Write("eval.jsonl", "{\"step\": 0}\n");
  Write("config.yaml", "seed: 1\n");
  const auto overview = run_.Overview(1);
  ASSERT_TRUE(overview.ok()) << overview.status();
  EXPECT_EQ((*overview)["metrics"], json::parse(R"([{"step": 2}])"));
  EXPECT_EQ((*overview)["evals"], json::parse(R"([{"step": 0}])"));
  EXPECT_EQ((*overview)["config"], "seed: 1\n");
}

TEST_F(RunFilesTest, NamesTheLineThatIsBroken) {
  Write("metrics.jsonl", "{\"step\": 1}\n[]\n");
  EXPECT_THAT(std::string(run_.Overview(0).status().message()), HasSubstr("metrics.jsonl:2"));
}

TEST_F(RunFilesTest, SaysWhatToDoAboutABrokenLineInTheMiddle) {
  for (const char* line :
       {"no object", "{\"step\": \"two\"}", "{\"step\": 1.5}", "{}", "{\"step\": 2"}) {
    for (const char* name : {"metrics.jsonl", "eval.jsonl"}) {
      Write(name, absl::StrCat("{\"step\": 1}\n", line, "\n{\"step\": 3}\n"));
      const absl::Status status = run_.Overview(0).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << line;
      EXPECT_THAT(
          std::string(status.message()),
          AllOf(HasSubstr(absl::StrCat(name, ":2: the line ")), HasSubstr("; repair that line")));
      Write(name, "");
    }
    if (std::string(line).back() == '}') continue;
    Write("rollouts/step_000007.jsonl", absl::StrCat("{}\n", line, "\n{}\n"));
    EXPECT_THAT(std::string(run_.Rollouts(7).status().message()),
                AllOf(HasSubstr("step_000007.jsonl:2: "), HasSubstr("; repair that line")));
  }
}

TEST_F(RunFilesTest, GivesTheComparisonAndNamesOneThatIsBroken) {
  Write("comparison.json", "{\"prompts\": 3}\n");
  EXPECT_EQ((*run_.Overview(0))["comparison"], json::parse(R"({"prompts": 3})"));
  Write("comparison.json", "{\"prompts\": ");
  EXPECT_THAT(std::string(run_.Overview(0).status().message()),
              HasSubstr("comparison.json: not JSON"));
}

TEST_F(RunFilesTest, ListsTheStepsThatHaveResponsesInOrder) {
  for (const char* name : {"step_000010.jsonl", "step_000002.jsonl", "step_x.jsonl", "other.txt"}) {
    Write(std::string("rollouts/") + name, "");
  }
  EXPECT_EQ((*run_.Overview(0))["rollout_steps"], json::parse("[2, 10]"));
}

TEST_F(RunFilesTest, GivesResponsesWithoutTheirTokens) {
  Write("rollouts/step_000002.jsonl",
        "{\"text\": \"a\", \"token_ids\": [1], \"logprobs\": [-1]}\n");
  const auto records = run_.Rollouts(2);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*records, json::parse(R"([{"text": "a"}])"));
  EXPECT_EQ(run_.Rollouts(3).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hir
