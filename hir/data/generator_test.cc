#include "hir/data/generator.h"

#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/data/catalog.h"
#include "hir/data/conflicts.h"

namespace hir {
namespace {

std::vector<std::string> CommittedTasks() {
  return *ReadTasks(std::string(HIR_SOURCE_DIR) + "/data/tasks.txt");
}

GeneratedData Generate(const GeneratorOptions& options) {
  auto data = GenerateInstructions(CommittedTasks(), options);
  EXPECT_TRUE(data.ok()) << data.status();
  return *std::move(data);
}

std::string Bytes(const std::vector<InstructionRecord>& records) {
  std::string bytes;
  for (const InstructionRecord& record : records) bytes += FormatRecord(record) + "\n";
  return bytes;
}

std::set<std::string> Questions(const std::vector<InstructionRecord>& records) {
  std::set<std::string> questions;
  for (const InstructionRecord& record : records) questions.insert(record.question);
  return questions;
}

TEST(Tasks, AtLeastThreeHundredAreCommitted) { EXPECT_GE(CommittedTasks().size(), 300u); }

TEST(Generator, EverySeedKeepsTheRules) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const bool easy = seed % 3 == 2;
    const GeneratedData data = Generate({.count = 120, .held_out = 30, .seed = seed, .easy = easy});
    ASSERT_EQ(data.train.size(), 120u);
    ASSERT_EQ(data.held_out.size(), 30u);
    const std::set<std::string> held_out = Questions(data.held_out);
    for (const std::string& question : Questions(data.train)) {
      EXPECT_EQ(held_out.count(question), 0u) << question;
    }
    for (const auto* split : {&data.train, &data.held_out}) {
      for (const InstructionRecord& record : *split) {
        EXPECT_EQ(FindConflict(record.question, record.constraints), std::nullopt);
        EXPECT_GE(record.constraints.size(), 2u);
        EXPECT_LE(record.constraints.size(), 6u);
        EXPECT_TRUE(ParseLayout(static_cast<int>(record.layout)).ok());
      }
    }
  }
}

TEST(Generator, EqualSeedsGiveEqualBytesAndOthersDoNot) {
  const GeneratorOptions options = {.count = 60, .held_out = 10, .seed = 5};
  const GeneratedData data = Generate(options);
  EXPECT_EQ(Bytes(Generate(options).train), Bytes(data.train));
  EXPECT_EQ(Bytes(Generate(options).held_out), Bytes(data.held_out));
  EXPECT_NE(Bytes(Generate({.count = 60, .held_out = 10, .seed = 6}).train), Bytes(data.train));
}

TEST(Generator, EveryKindLayoutAndSizeAppears) {
  const GeneratedData data = Generate({.count = 1500, .held_out = 0, .seed = 1});
  std::map<std::string, int> kinds;
  std::set<int> layouts;
  std::set<size_t> sizes;
  for (const InstructionRecord& record : data.train) {
    layouts.insert(static_cast<int>(record.layout));
    sizes.insert(record.constraints.size());
    for (const Constraint& constraint : record.constraints) ++kinds[constraint.kind];
  }
  EXPECT_EQ(kinds.size(), ConstraintCatalog().size());
  EXPECT_EQ(layouts, (std::set<int>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(sizes, (std::set<size_t>{2, 3, 4, 5, 6}));
}

TEST(Generator, EasySetsLeaveHardKindsOut) {
  const GeneratedData data =
      Generate({.count = 400, .held_out = 0, .seed = 1, .max_constraints = 4, .easy = true});
  for (const InstructionRecord& record : data.train) {
    for (const Constraint& constraint : record.constraints) {
      EXPECT_NE(constraint.kind, "detectable_format:json_format");
      EXPECT_NE(constraint.kind, "language:response_language");
    }
  }
}

TEST(Generator, DependentConstraintsFollowTheOneTheyReferToAndDoNotNameItsWord) {
  const GeneratedData data =
      Generate({.count = 400, .held_out = 0, .seed = 3, .easy = true, .dependent = true});
  int dependent = 0;
  for (const InstructionRecord& record : data.train) {
    EXPECT_EQ(FindConflict(record.question, record.constraints), std::nullopt);
    EXPECT_EQ(CheckDependencies(record.constraints), absl::OkStatus());
    for (size_t i = 0; i < record.constraints.size(); ++i) {
      const Constraint& constraint = record.constraints[i];
      if (constraint.depends_on.empty()) continue;
      ++dependent;
      ASSERT_EQ(constraint.depends_on, (std::vector<size_t>{i - 1}));
      const auto& keywords = record.constraints[i - 1].arguments.at("keywords");
      EXPECT_EQ(keywords, nlohmann::json::array({constraint.arguments.at("keyword")}));
      EXPECT_EQ(constraint.text.find(keywords[0].get<std::string>()), std::string::npos);
    }
  }
  EXPECT_GT(dependent, 5);
}

TEST(Generator, NothingDependsOnAnythingUnlessAskedFor) {
  for (const InstructionRecord& record : Generate({.count = 200, .held_out = 0}).train) {
    EXPECT_TRUE(DependenciesOf(record.constraints).empty());
  }
}

TEST(Generator, InstructionsAndIdsAreDistinct) {
  const GeneratedData data = Generate({.count = 800, .held_out = 100, .seed = 9});
  std::set<std::string> ids;
  std::set<std::string> instructions;
  for (const auto* split : {&data.train, &data.held_out}) {
    for (InstructionRecord record : *split) {
      EXPECT_TRUE(ids.insert(record.source_id).second);
      record.source_id.clear();
      EXPECT_TRUE(instructions.insert(FormatRecord(record)).second);
    }
  }
}

TEST(Generator, OptionsOutOfRangeAreNamed) {
  const std::vector<std::string> tasks = {"One.", "Two."};
  EXPECT_EQ(GenerateInstructions(tasks, {.count = 0}).status().message(),
            "count must be >= 1, got 0");
  EXPECT_EQ(GenerateInstructions(tasks, {.held_out = -1}).status().message(),
            "held-out must be >= 0, got -1");
  EXPECT_EQ(
      GenerateInstructions(tasks, {.min_constraints = 5, .max_constraints = 4}).status().message(),
      "constraints must be from 1 to 8 with min <= max, got 5 to 4");
  EXPECT_FALSE(GenerateInstructions({"One."}, {.held_out = 1}).ok());
}

TEST(Tasks, CommentsAreSkippedAndRepeatsRefused) {
  const std::string path = ::testing::TempDir() + "/tasks_" + std::to_string(getpid());
  ASSERT_TRUE(WriteFileAtomically(path, "# c\n\n Write a poem. \nWrite a song.\n").ok());
  EXPECT_EQ(*ReadTasks(path), (std::vector<std::string>{"Write a poem.", "Write a song."}));
  ASSERT_TRUE(WriteFileAtomically(path, "a\nb\na\n").ok());
  EXPECT_EQ(ReadTasks(path).status().message(), path + ":3: the task appears twice: a");
  ASSERT_TRUE(WriteFileAtomically(path, "# nothing\n").ok());
  EXPECT_EQ(ReadTasks(path).status().message(), path + " holds no task");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hir
