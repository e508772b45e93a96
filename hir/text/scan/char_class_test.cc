#include "hir/text/scan/char_class.h"

#include <cstdint>

#include "gtest/gtest.h"
#include "hir/text/python/unicode.h"

namespace hir::scan {
namespace {

using python::IsDecimal;
using python::IsLower;
using python::IsSpace;
using python::IsUpper;
using python::IsWord;

TEST(CharClass, AgreesWithUnicodeOnEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    ASSERT_EQ(FastIsSpace(c), IsSpace(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsDecimal(c), IsDecimal(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsWord(c), IsWord(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsUpper(c), IsUpper(c)) << static_cast<uint32_t>(c);
    ASSERT_EQ(FastIsLower(c), IsLower(c)) << static_cast<uint32_t>(c);
  }
}

}  // namespace
}  // namespace hir::scan
