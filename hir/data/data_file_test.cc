#include "hir/data/data_file.h"

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DataFileTest : public ::testing::Test {
 protected:
  DataFileTest() : path_(::testing::TempDir() + "/data_file_test_" + std::to_string(getpid())) {}
  ~DataFileTest() override { std::filesystem::remove(path_); }

  // Returns "line 3 {...}" or "line 3 ERROR" for every record of a file with this content.
  std::vector<std::string> Visited(const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(path_, text).ok());
    std::vector<std::string> seen;
    status_ = VisitValues(path_, [&](const DataPlace& place, const absl::StatusOr<json>& value) {
      seen.push_back(Named(place) + " " +
                     (value.ok() ? value->dump() : std::string(value.status().message())));
      return absl::OkStatus();
    });
    return seen;
  }
  std::string ErrorOf(const std::string& text) {
    EXPECT_THAT(Visited(text), IsEmpty());
    return std::string(status_.message());
  }

  std::string path_;
  absl::Status status_;
};

TEST_F(DataFileTest, LinesMayHaveAMarkWindowsEndsAndGaps) {
  EXPECT_THAT(Visited("\xEF\xBB\xBF{\"a\":1}\r\n\r\n \t\n{\"a\":2}"),
              ElementsAre("line 1 {\"a\":1}", "line 4 {\"a\":2}"));
  EXPECT_TRUE(status_.ok()) << status_;
}

TEST_F(DataFileTest, AnArraysElementsAreReadOneByOneWithTheirLines) {
  EXPECT_THAT(Visited("\xEF\xBB\xBF\n[\n {\"a\": \"],[\\\"\",\n  \"b\": [1, 2]},\n {x},\n\n 3]\n"),
              ElementsAre("line 3 {\"a\":\"],[\\\"\",\"b\":[1,2]}", "line 5 not JSON at byte 2",
                          "line 7 3"));
  EXPECT_THAT(Visited("[]"), IsEmpty());
  EXPECT_THAT(Visited("[\r\n]\r\n"), IsEmpty());
}

TEST_F(DataFileTest, AnArrayThatIsCutOrGoesOnIsSaidToBe) {
  EXPECT_THAT(Visited("[{\"a\":1},\n{\"b\":"),
              ElementsAre("line 1 {\"a\":1}", "line 2 the JSON array is not closed"));
  EXPECT_THAT(Visited("["), ElementsAre("line 1 the JSON array is not closed"));
  EXPECT_THAT(Visited("[1,]"), ElementsAre("line 1 1", HasSubstr("line 1 not JSON")));
  EXPECT_THAT(Visited("[1]\n[2]"),
              ElementsAre("line 1 1", HasSubstr("text after the end of the JSON array")));
}

TEST_F(DataFileTest, RowsOfParquetAreCounted) {
  const std::string fixture =
      ReadFile(std::string(HIR_SOURCE_DIR) + "/tests/fixtures/parquet/verl_snappy.parquet").value();
  const std::vector<std::string> rows = Visited(fixture);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[2], HasSubstr("row 3 {"));
  EXPECT_EQ(ErrorOf(fixture.substr(0, 99)), path_ + " is a truncated Parquet file; fetch it again");
}

TEST_F(DataFileTest, WhatIsNoTextIsNamed) {
  EXPECT_EQ(ErrorOf("\x1f\x8b\x08 some bytes"),
            path_ + " is compressed with gzip; unpack it first");
  EXPECT_EQ(ErrorOf(std::string("\xff\xfe{\0", 4)), path_ + " is UTF-16; save it as UTF-8");
  EXPECT_EQ(ErrorOf("PK\x03\x04zip"), path_ + " is a zip archive; unpack it first");
}

TEST_F(DataFileTest, LongLinesAndDeepOnesAreOneErrorEach) {
  const std::string wide = "{\"a\":\"" + std::string(3'000'000, 'x') + "\"}";
  const std::vector<std::string> seen =
      Visited(wide + "\n{\"b\":\"\xff\"}\n" + std::string(200'000, '['));
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1], "line 2 not UTF-8 at byte 7");
  EXPECT_THAT(Visited("{}\n" + std::string(200'000, '{')),
              ElementsAre("line 1 {}", "line 2 JSON nested more than 100 deep"));
}

TEST(DataPlace, IsNamedForMessages) {
  EXPECT_EQ(At("f.jsonl", {.number = 3}), "f.jsonl:3");
  EXPECT_EQ(At("f.parquet", {.number = 3, .is_row = true}), "f.parquet: row 3");
}

}  // namespace
}  // namespace hir
