#include "hir/text/python/nfkd_ascii.h"

#include "gtest/gtest.h"

namespace hir::python {
namespace {

TEST(NfkdAscii, KeepsWhatDecomposesToAscii) {
  EXPECT_EQ(NfkdAscii(U"S\u00e3o Tom\u00e9, \ufb01n \uff21\u00bd \u4e00\U0001F600"),
            "Sao Tome, fin A12 ");
  EXPECT_EQ(NfkdAscii(U"\u00f8\u00df"), "");
}

}  // namespace
}  // namespace hir::python
