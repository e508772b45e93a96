#include "hir/text/python/csv_reader.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ReadCsv, AQuotationMarkCountsAtTheBeginningOfAFieldOnly) {
  EXPECT_THAT(*ReadCsv(U"a,\"b,\"\"c\"\"\",d\"e\"\n"),
              ElementsAre(ElementsAre(U"a", U"b,\"c\"", U"d\"e\"")));
  EXPECT_THAT(*ReadCsv(U"\"a\"b,c"), ElementsAre(ElementsAre(U"ab", U"c")));
}

TEST(ReadCsv, ARecordGoesOnInsideQuotationMarks) {
  EXPECT_THAT(*ReadCsv(U"\"a\nb\",c\nd"),
              ElementsAre(ElementsAre(U"a\nb", U"c"), ElementsAre(U"d")));
  EXPECT_THAT(*ReadCsv(U"a,\"b\n"), ElementsAre(ElementsAre(U"a", U"b\n")));
}

TEST(ReadCsv, ABlankLineIsARowWithoutFields) {
  EXPECT_THAT(*ReadCsv(U"a\n\r\n\nb,"),
              ElementsAre(ElementsAre(U"a"), IsEmpty(), IsEmpty(), ElementsAre(U"b", U"")));
  EXPECT_THAT(*ReadCsv(U""), IsEmpty());
}

TEST(ReadCsv, ACarriageReturnInTheMiddleIsAnError) {
  EXPECT_THAT(*ReadCsv(U"a\r\nb\r"), ElementsAre(ElementsAre(U"a"), ElementsAre(U"b")));
  EXPECT_EQ(ReadCsv(U"a\rb").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadCsv(std::u32string(131'073, U'a')).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(ReadCsv(std::u32string(131'072, U'a')).ok());
}

}  // namespace
}  // namespace hir::python
