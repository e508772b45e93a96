#include "cli/data.h"

#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "cli/commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/checkers/all_checkers.h"
#include "hir/data/catalog.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

class DataCommandTest : public ::testing::Test {
 protected:
  DataCommandTest()
      : folder_(::testing::TempDir() + "/data_command_test_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~DataCommandTest() override { std::filesystem::remove_all(folder_); }

  DataGenerateOptions CommittedOptions() {
    DataGenerateOptions options;
    options.tasks = std::string(HIR_SOURCE_DIR) + "/data/tasks.txt";
    options.output_train = folder_ + "/train.jsonl";
    options.output_held_out = folder_ + "/held_out.jsonl";
    return options;
  }

  std::string folder_;
  std::ostringstream out_;
  std::ostringstream problems_;
};

TEST(Catalog, TheCheckersTakeEveryDraw) {
  CounterRandom random(7, 0);
  const std::string task = "Is chess a sport?";
  for (const ConstraintTemplate& shape : ConstraintCatalog()) {
    for (int i = 0; i < 50; ++i) {
      const Constraint drawn = DrawConstraint(shape, {task, i % 2 == 0, random});
      const auto checker = AllCheckers().Create(drawn.kind, drawn.arguments);
      EXPECT_TRUE(checker.ok()) << checker.status();
    }
  }
}

TEST_F(DataCommandTest, HeldOutInstructionsNeedAFileOfTheirOwn) {
  DataGenerateOptions options = CommittedOptions();
  options.output_held_out = folder_ + "/./train.jsonl";
  const absl::Status status = DataGenerate(options, out_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the same file"));
}

TEST_F(DataCommandTest, GeneratedFilesPassTheCheck) {
  ASSERT_TRUE(DataGenerate(CommittedOptions(), out_).ok());
  EXPECT_THAT(out_.str(), HasSubstr("wrote 1000 training instructions"));
  for (const char* name : {"/train.jsonl", "/held_out.jsonl"}) {
    const absl::Status status = DataCheck(folder_ + name, out_, problems_);
    EXPECT_TRUE(status.ok()) << status << problems_.str();
  }
  EXPECT_THAT(out_.str(), HasSubstr("no problems found"));
}

TEST_F(DataCommandTest, CommittedDemoFilesPassTheCheck) {
  for (const char* name : {"/data/demo_train.jsonl", "/data/demo_held_out.jsonl"}) {
    const absl::Status status = DataCheck(std::string(HIR_SOURCE_DIR) + name, out_, problems_);
    EXPECT_TRUE(status.ok()) << status << problems_.str();
  }
}

TEST_F(DataCommandTest, CommittedDemoFilesAreWhatTheDocumentedCommandWrites) {
  DataGenerateOptions options = CommittedOptions();
  options.generator = {.count = 400,
                       .held_out = 192,
                       .seed = 1,
                       .min_constraints = 2,
                       .max_constraints = 4,
                       .easy = true};
  ASSERT_TRUE(DataGenerate(options, out_).ok());
  const std::string data = std::string(HIR_SOURCE_DIR) + "/data";
  EXPECT_EQ(*ReadFile(folder_ + "/train.jsonl"), *ReadFile(data + "/demo_train.jsonl"));
  EXPECT_EQ(*ReadFile(folder_ + "/held_out.jsonl"), *ReadFile(data + "/demo_held_out.jsonl"));
}

TEST_F(DataCommandTest, ProblemsCarryFileAndLine) {
  const std::string path = folder_ + "/bad.jsonl";
  ASSERT_TRUE(
      WriteFileAtomically(path, R"({"prompt": "p", "instruction_id_list": ["punctuation:no_coma"],)"
                                R"( "kwargs": [{}]})")
          .ok());
  EXPECT_EQ(DataCheck(path, out_, problems_).message(), path + " has 1 problem");
  EXPECT_THAT(problems_.str(), HasSubstr(path + ":1: constraint 1: "));
  EXPECT_THAT(problems_.str(), HasSubstr("punctuation:no_comma"));
}

TEST_F(DataCommandTest, WrongUsageIsNamed) {
  EXPECT_EQ(RunDataCommand({}).message(), "hir data needs one of: generate, check");
  EXPECT_EQ(RunDataCommand({"mix"}).message(),
            "hir data does not know \"mix\"; it has generate and check");
  EXPECT_EQ(RunDataCommand({"check"}).message(),
            "hir data check takes one file: hir data check FILE");
  EXPECT_EQ(RunDataCommand({"generate"}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(RunDataCommand({"generate", "--tasks", "t", "--output-train", "o"}).message()),
      HasSubstr("--output-held-out is missing"));
}

}  // namespace
}  // namespace hir
