#include "hir/dashboard/report.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/json.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/rollouts");
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  // A step with `count` responses of about 100 bytes.
  void WriteStep(int step, int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      lines += json({{"text", absl::StrCat(step, "/", i, std::string(80, '.'))}}).dump() + "\n";
    }
    Write(absl::StrFormat("rollouts/step_%06d.jsonl", step), lines);
  }
  std::string Render(size_t max_responses = kMaxReportedResponses) {
    const auto page = RenderReport(run_, max_responses);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value_or("");
  }
  // The data that the page reads.
  json Data(const std::string& page) {
    const std::string begin = "<script type=\"application/json\" id=\"report\">";
    const size_t at = page.find(begin) + begin.size();
    return ParseJson(page.substr(at, page.find("</script>", at) - at)).value_or(json());
  }

  const std::string folder_ = testing::TempDir() + "/report/demo";
  const RunFiles run_{folder_};
};

TEST_F(ReportTest, OfAFreshRunIsAPage) {
  const std::string page = Render();
  EXPECT_THAT(page, HasSubstr("<!doctype html>"));
  EXPECT_EQ(Data(page)["run"]["name"], "demo");
  EXPECT_EQ(Data(page)["left_out"], "");
}

TEST_F(ReportTest, LoadsNothingAndMayLoadNothing) {
  const std::string page = Render();
  EXPECT_THAT(page, AllOf(Not(HasSubstr("src=\"")), Not(HasSubstr("href=\"/")),
                          HasSubstr("default-src 'none'")));
  // Its scripts and styles are inlined, with the licences of third-party code.
  EXPECT_THAT(page, AllOf(HasSubstr("const CURVES"), HasSubstr("var uPlot="), HasSubstr(".u-over"),
                          HasSubstr("Permission is hereby granted")));
}

TEST_F(ReportTest, HoldsWhatTheFolderHolds) {
  Write("metrics.jsonl", "{\"step\": 1, \"reward_density\": 0.25}\n");
  Write("eval.jsonl", "{\"step\": 0, \"prompt_strict\": 0.5}\n");
  Write("config.yaml", "seed: 1\n");
  Write("comparison.json", "{\"prompts\": 3}");
  WriteStep(1, 2);
  const json data = Data(Render());
  EXPECT_EQ(data["run"]["metrics"], json::parse(R"([{"step": 1, "reward_density": 0.25}])"));
  EXPECT_EQ(data["run"]["evals"], json::parse(R"([{"step": 0, "prompt_strict": 0.5}])"));
  EXPECT_EQ(data["run"]["config"], "seed: 1\n");
  EXPECT_EQ(data["run"]["comparison"]["prompts"], 3);
  EXPECT_EQ(data["rollouts"]["1"].size(), 2u);
}

TEST_F(ReportTest, NoTextOfARunEndsItsData) {
  const std::string hostile = "</script><script>alert(1)</script><!--";
  Write("rollouts/step_000001.jsonl", json({{"text", hostile}}).dump() + "\n");
  Write("config.yaml", "# " + hostile);
  const std::string page = Render();
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(Data(page)["rollouts"]["1"][0]["text"], hostile);
}

TEST_F(ReportTest, KeepsTheNewestStepsThatFitAndSaysSo) {
  for (int step = 1; step <= 5; ++step) WriteStep(step, 10);
  const json data = Data(Render(2500));
  EXPECT_EQ(data["run"]["rollout_steps"], json({4, 5}));
  EXPECT_EQ(data["rollouts"].size(), 2u);
  EXPECT_THAT(data["left_out"].get<std::string>(), HasSubstr("the newest 2 of 5 steps;"));
}

TEST_F(ReportTest, KeepsTheFirstResponsesOfANewestStepThatIsTooLarge) {
  WriteStep(1, 1);
  WriteStep(2, 10);
  const json data = Data(Render(350));
  EXPECT_EQ(data["run"]["rollout_steps"], json::array({2}));
  EXPECT_EQ(data["rollouts"]["2"].size(), 3u);
  EXPECT_THAT(data["left_out"].get<std::string>(),
              HasSubstr("the newest 1 of 2 steps, without 7 of them;"));
  EXPECT_EQ(Data(Render(1))["rollouts"]["2"].size(), 1u);
}

TEST_F(ReportTest, NamesTheLineThatIsBroken) {
  WriteStep(1, 1);
  Write("rollouts/step_000002.jsonl", "{\"text\": \"a\"}\nno object\n{\"text\": \"b\"}\n");
  EXPECT_THAT(std::string(RenderReport(run_).status().message()),
              AllOf(HasSubstr("step_000002.jsonl:2"), HasSubstr("repair that line")));
}

}  // namespace
}  // namespace hir
