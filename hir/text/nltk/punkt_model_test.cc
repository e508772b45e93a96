#include "hir/text/nltk/punkt_model.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/char_class.h"

namespace hir::nltk::internal {
namespace {

using python::ToLower;
using scan::kAsciiEnd;

TEST(PunktLower, AgreesWithPythonWhereTheResultIsAscii) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string expected;
    for (char32_t lower : ToLower(std::u32string_view(&c, 1))) {
      expected.push_back(lower < kAsciiEnd ? static_cast<char>(lower) : '\x80');
    }
    ASSERT_EQ(PunktLower(std::u32string_view(&c, 1)), expected) << static_cast<uint32_t>(c);
  }
}

TEST(PunktType, CallsNumbersAlike) {
  for (std::u32string_view number :
       {U"7", U"7.", U"-3,000.5", U".5", U"-,5", U"1-2-3", U"\u0663."}) {
    EXPECT_EQ(PunktType(number), kPunktNumber);
  }
  for (std::u32string_view other : {U"", U"-", U".", U"7a", U"a7", U"--7", U"..7", U"\u00BD"}) {
    EXPECT_NE(PunktType(other), kPunktNumber);
  }
}

TEST(PunktModel, KnowsTheTrainedTypes) {
  const PunktModel& model = PunktModel::English();
  EXPECT_TRUE(model.IsAbbreviation("mr"));
  EXPECT_FALSE(model.IsAbbreviation("mr."));
  EXPECT_FALSE(model.IsAbbreviation(""));
  EXPECT_TRUE(model.IsStarter("since"));
  EXPECT_TRUE(model.IsCollocation("##number##", "international"));
  EXPECT_FALSE(model.IsCollocation("international", "##number##"));
  EXPECT_EQ(model.Ortho("board-room"), 32);
  EXPECT_EQ(model.Ortho("no such type"), 0);
}

}  // namespace
}  // namespace hir::nltk::internal
