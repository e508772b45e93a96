#include "hir/data/reader.h"

#include <unistd.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

absl::StatusOr<std::vector<InstructionRecord>> Read(const std::string& path) {
  return ReadInstructions(
      path, StoredPrompt::kTakeApart,
      [](const DataPlace&, const InstructionRecord&) { return absl::OkStatus(); });
}

using nlohmann::json;
using ::testing::HasSubstr;

constexpr char kOurs[] =
    R"({"question":"q","constraints":[{"kind":"k","arguments":{},"text":"t"}],"layout":2})";

class ReaderTest : public ::testing::Test {
 protected:
  ReaderTest() : path_(::testing::TempDir() + "/reader_test_" + std::to_string(getpid())) {}
  ~ReaderTest() override { std::filesystem::remove(path_); }

  std::string ErrorOf(const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(path_, text).ok());
    return std::string(Read(path_).status().message());
  }

  std::string path_;
};

TEST_F(ReaderTest, ReadsEveryFormByItsFields) {
  EXPECT_EQ(*DetectForm(json::parse(kOurs)), RecordForm::kOurs);
  EXPECT_EQ(*DetectForm(json::parse(R"({"prompt": "", "instruction_id_list": []})")),
            RecordForm::kIfEval);
  EXPECT_EQ(*DetectForm(json::parse(R"({"prompt": "", "source": "", "ground_truth": {}})")),
            RecordForm::kHir16k);
  EXPECT_EQ(*DetectForm(json::parse(R"({"messages": [], "ground_truth": ""})")),
            RecordForm::kIfRlvr);
  EXPECT_EQ(*DetectForm(json::parse(R"({"prompt": [], "reward_model": {}, "data_source": ""})")),
            RecordForm::kVerl);
  EXPECT_EQ(*DetectForm(json::parse(R"({"conversations": [], "constraints": []})")),
            RecordForm::kMulDimIf);
  EXPECT_FALSE(DetectForm(json::parse(R"({"text": ""})")).ok());
  EXPECT_FALSE(DetectForm(json::parse("[]")).ok());
}

TEST_F(ReaderTest, WhatIsWrittenIsRead) {
  const std::vector<InstructionRecord> records = {
      {{"1", "first\nline", {{"k", json::object(), "t"}}, Layout::kSpace, false}},
      {{"2", "日本", {{"k", {{"n", 3}}, "t"}}, Layout::kLines, false}}};
  ASSERT_TRUE(WriteInstructions(path_, records).ok());
  const auto read = Read(path_);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(FormatRecord((*read)[0]), FormatRecord(records[0]));
  EXPECT_EQ(FormatRecord((*read)[1]), FormatRecord(records[1]));
}

TEST_F(ReaderTest, BlankLinesAndWindowsLineEndsAreFine) {
  ASSERT_TRUE(WriteFileAtomically(path_, std::string("\n") + kOurs + "\r\n \n" + kOurs).ok());
  EXPECT_EQ(Read(path_)->size(), 2u);
}

TEST_F(ReaderTest, ErrorsCarryFileAndLine) {
  EXPECT_EQ(ErrorOf(std::string(kOurs) + "\n\n{\"question\": \n"),
            path_ + ":3: not JSON at byte 14");
  EXPECT_EQ(ErrorOf(std::string(kOurs) + "\n{}"), path_ + ":2: question is missing");
  EXPECT_THAT(ErrorOf("{\"text\": 1}"), HasSubstr(path_ + ":1: the fields are neither ours"));
  EXPECT_EQ(ErrorOf(std::string(kOurs) + "\n[]"), path_ + ":2: the record is not a JSON object");
}

TEST_F(ReaderTest, BlankQuestionsAndMissingConstraintsAreRefused) {
  EXPECT_EQ(ErrorOf(R"({"question":" \t","constraints":[{"kind":"k","text":"t"}],"layout":2})"),
            path_ + ":1: the question is blank");
  EXPECT_EQ(ErrorOf(R"({"question":"q","constraints":[],"layout":2})"),
            path_ +
                ":1: there are no constraints, so nothing decides its reward; give it one, such as "
                "judge:criterion, or leave it out");
}

TEST_F(ReaderTest, EmptyAndMissingFilesAreErrors) {
  EXPECT_EQ(ErrorOf("\n \n"), path_ + " holds no instruction record");
  EXPECT_EQ(Read(path_ + ".none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ReaderTest, VisitGoesOnAfterABadLine) {
  ASSERT_TRUE(WriteFileAtomically(path_, std::string("nonsense\n") + kOurs + "\n{}\n").ok());
  std::vector<std::string> seen;
  const absl::Status status = VisitInstructions(
      path_, StoredPrompt::kTakeApart,
      [&](const DataPlace& place, RecordForm, absl::StatusOr<InstructionRecord> record) {
        seen.push_back(std::to_string(place.number) + (record.ok() ? " good" : " bad"));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ::testing::ElementsAre("1 bad", "2 good", "3 bad"));
}

TEST_F(ReaderTest, ALineThatIsRefusedByTheCallerIsNamed) {
  ASSERT_TRUE(WriteFileAtomically(path_, std::string(kOurs) + "\n").ok());
  const auto read = ReadInstructions(path_, StoredPrompt::kTakeApart,
                                     [](const DataPlace&, const InstructionRecord&) {
                                       return absl::InvalidArgumentError("too long");
                                     });
  EXPECT_EQ(std::string(read.status().message()), path_ + ":1: too long");
}

TEST_F(ReaderTest, ALineNestedWithoutEndIsRefused) {
  const std::string deep(200000, '[');
  EXPECT_EQ(ErrorOf(std::string(kOurs) + "\n" + deep + std::string(200000, ']')),
            path_ + ":2: JSON nested more than 100 deep");
}

TEST_F(ReaderTest, ANumberThatNoDoubleHoldsIsRefused) {
  EXPECT_EQ(ErrorOf(std::string(kOurs) + "\n{\"key\": 1e999}"),
            path_ + ":2: JSON with a number that is too large");
}

}  // namespace
}  // namespace hir
