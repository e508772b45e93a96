#include "hir/data/parquet_file.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Made by tools/make_parquet_fixtures.py.
std::string Fixture(const std::string& name) {
  return ReadFile(std::string(HIR_SOURCE_DIR) + "/tests/fixtures/parquet/" + name + ".parquet")
      .value();
}

std::vector<json> Rows(const std::string& bytes) {
  std::vector<json> rows;
  auto file = ParquetRows::Open(bytes);
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok()) return rows;
  while (auto row = file->Next()) {
    EXPECT_TRUE(row->ok()) << row->status();
    if (row->ok()) rows.push_back(**row);
  }
  return rows;
}

std::string OpenError(const std::string& bytes) {
  return std::string(ParquetRows::Open(bytes).status().message());
}

TEST(ParquetRows, EveryCompressionGivesTheSameNestedRows) {
  for (const char* name :
       {"verl_none", "verl_snappy", "verl_zstd", "verl_gzip", "verl_lz4", "verl_v2"}) {
    const std::vector<json> rows = Rows(Fixture(name));
    ASSERT_EQ(rows.size(), 3u) << name;
    EXPECT_EQ(rows[1]["prompt"].dump(),
              R"([{"content":"Describe the sea. No commas. 40 words at least.","role":"user"}])");
    EXPECT_EQ(rows[1]["reward_model"]["ground_truth"]["kwargs"].dump(),
              R"([null,{"num_words":40,"relation":"at least"}])");
    EXPECT_EQ(rows[2]["prompt"][0]["content"], "Écris « bonjour » ☕.");
  }
}

TEST(ParquetRows, EveryKindOfValueBecomesJson) {
  const std::vector<json> rows = Rows(Fixture("values"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].dump(),
            R"({"day":"1970-01-01","flag":true,"large":9223372036854775808,)"
            R"("lists":[[1,null],[]],"pairs":{"k":1},"ratio":0.5,"raw":"bytes that are text",)"
            R"("score":null,"small":-1,"text":"a"})");
  EXPECT_EQ(rows[1].dump(),
            R"({"day":null,"flag":false,"large":0,"lists":null,"pairs":{},"ratio":null,)"
            R"("raw":null,"score":1.5,"small":2,"text":null})");
}

TEST(ParquetRows, AFileWithoutRowsHasNone) {
  EXPECT_THAT(Rows(Fixture("verl_no_rows")), IsEmpty());
}

TEST(ParquetRows, WhatCannotBeReadIsSaidInASentence) {
  EXPECT_EQ(OpenError(Fixture("verl_brotli")),
            "can't be read: column data_source is compressed with BROTLI, which is not read here; "
            "write the file with snappy, zstd, gzip or lz4");
  const std::string whole = Fixture("verl_snappy");
  EXPECT_EQ(OpenError(whole.substr(0, whole.size() / 2)),
            "is a truncated Parquet file; fetch it again");
  EXPECT_EQ(OpenError("PAR1"), "is a truncated Parquet file; fetch it again");
  EXPECT_EQ(OpenError("PARE" + whole.substr(4)),
            "is an encrypted Parquet file; write it without encryption");
  EXPECT_THAT(OpenError("PAR1PAR1"), HasSubstr("is a damaged Parquet file"));
}

TEST(ParquetRows, ATimeThatNoCalendarHasIsAnErrorOfItsRowAndNothingIsPrinted) {
  const std::string bytes = Fixture("no_such_time");
  auto file = ParquetRows::Open(bytes);
  ASSERT_TRUE(file.ok()) << file.status();
  ::testing::internal::CaptureStderr();
  const auto first = file->Next();
  const auto second = file->Next();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(first->ok()) << first->status();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ((*first)->at("asked"), "1970-01-01 00:00:00.000 +00:00");
  EXPECT_THAT(std::string(second->status().message()),
              HasSubstr("column asked: a date, time or decimal out of range"));
}

TEST(ParquetRows, NoDamageDoesMoreThanAnError) {
  const std::string whole = Fixture("verl_zstd");
  for (size_t at = 4; at + 4 < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    auto file = ParquetRows::Open(damaged);
    if (!file.ok()) {
      EXPECT_FALSE(file.status().message().empty());
      continue;
    }
    int rows = 0;
    while (auto row = file->Next()) ASSERT_LT(++rows, 1000) << at;
  }
}

}  // namespace
}  // namespace hir
