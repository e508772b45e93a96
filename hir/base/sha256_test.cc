#include "hir/base/sha256.h"

#include <gtest/gtest.h>

namespace hir {
namespace {

TEST(Sha256, GivesTheStandardsExample) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfPiecesEqualsTheWhole) {
  Sha256Stream stream;
  stream.Update("a");
  stream.Update("");
  stream.Update("bc");
  EXPECT_EQ(stream.Finish(), Sha256("abc"));
}

TEST(FillingSha256, IsOfAllThatWasFilled) {
  const std::string bytes(100'000, 'x');
  FillingSha256 whole(bytes.data());
  for (size_t filled = 0; filled < bytes.size(); filled += 1'000) whole.Fill(filled);
  whole.Fill(bytes.size());
  EXPECT_EQ(whole.Finish(), Sha256(bytes));
  FillingSha256 nothing(bytes.data());
  EXPECT_EQ(nothing.Finish(), Sha256(""));
}

TEST(FillingSha256, EndsWithoutAskingForTheDigest) {
  const std::string bytes(10, 'x');
  FillingSha256 unasked(bytes.data());
  unasked.Fill(bytes.size());
}

}  // namespace
}  // namespace hir
