#include "hir/text/nltk/treebank.h"

#include "gtest/gtest.h"

namespace hir::nltk::internal {
namespace {

TEST(TakeTokenizerSteps, PutsWhiteSpaceAroundEveryToken) {
  EXPECT_EQ(TakeTokenizerSteps(U"Go.", {true, true}), U" Go . ");
  EXPECT_EQ(TakeTokenizerSteps(U"Go.", {true, false}), U" Go. ");
  EXPECT_EQ(TakeTokenizerSteps(U"a--b", {true, true}), U" a -- b ");
  EXPECT_EQ(TakeTokenizerSteps(U"$5?", {true, true}), U" $ 5 ? ");
}

}  // namespace
}  // namespace hir::nltk::internal
