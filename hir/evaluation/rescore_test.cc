#include "hir/evaluation/rescore.h"

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/checkers/all_checkers.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

class RescoreTest : public testing::Test {
 protected:
  RescoreTest() {
    run_ = testing::TempDir() + "/rescore_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(run_);
    std::filesystem::create_directories(run_ + "/rollouts");
  }

  void Write(const std::string& lines) {
    ASSERT_TRUE(WriteFileAtomically(run_ + "/rollouts/step_000001.jsonl", lines).ok());
  }

  std::string run_;
};

TEST_F(RescoreTest, TellsWhichVerdictsAndRewardsChanged) {
  Write(R"({"step":1,"task":2,"sample":3,"text":"a, b","verifier_build":"hir-0","constraints":[)"
        R"({"kind":"punctuation:no_comma","arguments":{},"verdict":"pass"},)"
        R"({"kind":"startend:quotation","arguments":{},"verdict":"fail"}]})"
        "\n"
        R"({"step":1,"task":2,"sample":4,"text":"a","verifier_build":"hir-0","constraints":[)"
        R"({"kind":"punctuation:no_comma","arguments":{},"verdict":"undecidable"}]})"
        "\n");
  const auto result = Rescore(run_, AllCheckers());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->responses, 2);
  EXPECT_EQ(result->constraints, 3);
  EXPECT_EQ(result->rewards, 1);
  const std::string text = Describe(*result);
  EXPECT_THAT(text,
              HasSubstr("step 1, task 2, sample 3: punctuation:no_comma pass -> fail\n"
                        "step 1, task 2, sample 4: punctuation:no_comma undecidable -> pass\n"));
  EXPECT_THAT(text, HasSubstr("decided then by hir-0: 2 responses\n"));
  EXPECT_THAT(text, HasSubstr("2 of 3 verdicts changed, and the rewards of 1 of 2 responses\n"));
}

TEST_F(RescoreTest, ChecksWhatFollowsTheReasoningOfTheRun) {
  Write(R"({"step":1,"task":2,"sample":3,"text":"a, b </think> c","reasoning_end":"</think>",)"
        R"("constraints":[{"kind":"punctuation:no_comma","arguments":{},"verdict":"pass"}]})"
        "\n");
  const auto result = Rescore(run_, AllCheckers());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->changed.empty());
}

TEST_F(RescoreTest, LeavesAloneWhatAnotherProgramDecides) {
  Write(R"({"step":1,"task":2,"sample":3,"text":"a","constraints":[)"
        R"({"kind":"judge:criterion","arguments":{"criterion":"Kind."},"verdict":"pass"}]})"
        "\n");
  const auto result = Rescore(run_, AllCheckers());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->changed.empty());
  EXPECT_THAT(Describe(*result), HasSubstr("1 verdicts were left as they were"));
}

TEST_F(RescoreTest, NamesFileAndLineOfWhatItCannotRead) {
  Write("{\"step\":1}\n");
  const auto result = Rescore(run_, AllCheckers());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("step_000001.jsonl:1: "));
  EXPECT_EQ(Rescore("/nowhere", AllCheckers()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hir
