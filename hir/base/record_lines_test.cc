#include "hir/base/record_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "hir/base/file.h"

namespace hir {
namespace {

class RecordLinesTest : public ::testing::Test {
 protected:
  RecordLinesTest() {
    char folder[] = "/tmp/hir_record_lines_XXXXXX";
    folder_ = mkdtemp(folder);
    path_ = folder_ + "/eval.jsonl";
  }
  ~RecordLinesTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) { ASSERT_TRUE(WriteFileAtomically(path_, text).ok()); }
  // The content of a file of `text` after `line` was appended.
  std::string Appended(const std::string& text, const std::string& line) {
    Write(text);
    EXPECT_TRUE(AppendRecordLine(path_, line).ok());
    return *ReadFile(path_);
  }

  std::string folder_, path_;
};

// Cuts the line at every byte.
TEST_F(RecordLinesTest, ATornLastLineIsLeftOutByReadersAndTakenAwayByWriters) {
  const std::string whole = "{\"step\":1}\n", torn = "{\"step\":2,\"text\":\"\xc3\xa9\"}";
  for (size_t length = 1; length < torn.size(); ++length) {
    const std::string text = whole + torn.substr(0, length);
    Write(text);
    const auto lines = ReadRecordLines(path_);
    ASSERT_TRUE(lines.ok()) << lines.status();
    ASSERT_EQ(lines->size(), 1u) << text;
    EXPECT_EQ((*lines)[0].object, nlohmann::json({{"step", 1}}));
    EXPECT_FALSE(EndsWhole(path_));
    EXPECT_EQ(Appended(text, "{\"step\":3}\n"), whole + "{\"step\":3}\n");
    EXPECT_TRUE(EndsWhole(path_));
  }
}

TEST_F(RecordLinesTest, ATailOfZerosIsTorn) {
  const std::string text = "{\"step\":1}\n" + std::string(100, '\0');
  Write(text);
  EXPECT_EQ(ReadRecordLines(path_)->size(), 1u);
  EXPECT_EQ(Appended(text, "{}\n"), "{\"step\":1}\n{}\n");
}

TEST_F(RecordLinesTest, ALastLineThatLacksOnlyItsNewlineIsKept) {
  Write("{\"step\":1}");
  EXPECT_EQ(ReadRecordLines(path_)->size(), 1u);
  EXPECT_TRUE(EndsWhole(path_));
  EXPECT_EQ(Appended("{\"step\":1}", "{}\n"), "{\"step\":1}\n{}\n");
}

TEST_F(RecordLinesTest, NamesAWholeLineThatIsNoObject) {
  Write("{}\n\n[]\n{}\n");
  const auto lines = ReadRecordLines(path_);
  EXPECT_EQ(lines.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(lines.status().message()), ::testing::HasSubstr("eval.jsonl:3: "));
}

TEST_F(RecordLinesTest, ALineThatIsNestedWithoutEndIsNoObject) {
  Write("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}\n");
  EXPECT_EQ(ReadRecordLines(path_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RecordLinesTest, AFileThatIsNotThereIsMade) {
  EXPECT_EQ(ReadRecordLines(path_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(EndsWhole(path_));
  EXPECT_TRUE(AppendRecordLine(path_, "{}\n").ok());
  EXPECT_EQ(*ReadFile(path_), "{}\n");
}

}  // namespace
}  // namespace hir
