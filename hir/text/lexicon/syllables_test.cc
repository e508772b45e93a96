#include "hir/text/lexicon/syllables.h"

#include "gtest/gtest.h"

namespace hir::lexicon {
namespace {

TEST(CountSyllables, LooksWordsUpAndElseCountsGroupsOfVowels) {
  EXPECT_EQ(CountSyllables(U"Area"), 3);     // Listed.
  EXPECT_EQ(CountSyllables(U"blorple"), 2);  // "le" after a consonant.
  EXPECT_EQ(CountSyllables(U"zzz"), 1);
  EXPECT_EQ(CountSyllables(U"x2y"), 0);
  EXPECT_EQ(CountSyllables(U""), 0);
}

}  // namespace
}  // namespace hir::lexicon
