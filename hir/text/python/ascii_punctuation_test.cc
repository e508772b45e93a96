#include "hir/text/python/ascii_punctuation.h"

#include <cstdint>
#include <ios>

#include "gtest/gtest.h"

namespace hir::python {
namespace {

TEST(AsciiPunctuation, IsPythonsList) {
  for (char32_t c = 0; c < 0x3000; ++c) {
    EXPECT_EQ(IsPunctuation(c), kPunctuation.find(c) != kPunctuation.npos)
        << std::hex << static_cast<uint32_t>(c);
  }
  EXPECT_EQ(WithoutPunctuation(U"a-b, \u201cc\u201d"), U"ab \u201cc\u201d");
}

}  // namespace
}  // namespace hir::python
