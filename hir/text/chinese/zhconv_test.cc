#include "hir/text/chinese/zhconv.h"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir::chinese {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<std::unique_ptr<ChineseConverter>> Converter(const std::string& tables) {
  const std::string file = testing::TempDir() + "/zhcdict.json";
  std::ofstream(file) << tables;
  return ChineseConverter::LoadFrom(file);
}

TEST(ChineseConverter, ReplacesTheLongestWordThatBeginsAtAPlace) {
  const auto converter =
      Converter(R"({"zh2Hans": {"a": "1", "abc": "3", "x": "0"}, "zh2CN": {"x": "9"},
                                       "zh2Hant": {"1": "a"}, "zh2TW": {}})");
  ASSERT_TRUE(converter.ok()) << converter.status();
  EXPECT_EQ((*converter)->ToSimplified(U"ababcabx-"), U"1b31b9-");
  EXPECT_EQ((*converter)->ToTraditional(U"1x1"), U"axa");
}

TEST(ChineseConverter, SaysWhichTablesItCannotRead) {
  EXPECT_EQ(Converter("{").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Converter(R"({"zh2Hans": {"a": 1}})").status().code(),
            absl::StatusCode::kInvalidArgument);
  setenv("HIR_ZHCONV_DICT", "/nowhere", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_THAT(std::string(ChineseConverter::Find().status().message()),
              AllOf(HasSubstr("pip install --no-deps --target ~/.hir zhconv==1.4.3"),
                    HasSubstr("HIR_ZHCONV_DICT")));
}

}  // namespace
}  // namespace hir::chinese
