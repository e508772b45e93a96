#include "hir/text/python/unicode.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir::python {
namespace {

using ::testing::ElementsAre;

TEST(DecodeUtf8, ReadsEverySequenceLength) {
  EXPECT_EQ(DecodeUtf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), U"a\u00E9\u20AC\U0001F600");
}

TEST(DecodeUtf8, GivesOneReplacementForEachMaximalBrokenSequence) {
  EXPECT_EQ(DecodeUtf8("a\xFF\xFE"
                       "b"),
            U"a\uFFFD\uFFFDb");
  EXPECT_EQ(DecodeUtf8("\xE2\x82z"), U"\uFFFDz");                // Cut short.
  EXPECT_EQ(DecodeUtf8("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");  // A surrogate.
  EXPECT_EQ(DecodeUtf8("\xC0\xAF"), U"\uFFFD\uFFFD");            // Overlong.
  EXPECT_EQ(DecodeUtf8("\xF0\x9F\x98"), U"\uFFFD");
  EXPECT_EQ(DecodeUtf8("\xF4\x90\x80\x80"), U"\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(DecimalValue, IsThatOfTheDigitInItsScript) {
  for (int value = 0; value < 10; ++value) {
    // ASCII, Arabic-Indic, full-width and the adjacent mathematical alphabets.
    for (const char32_t zero : {U'0', U'\u0660', U'\uFF10', U'\U0001D7CE', U'\U0001D7D8'}) {
      EXPECT_EQ(DecimalValue(zero + value), value);
    }
  }
}

TEST(EncodeUtf8, UndoesDecodeUtf8OnEveryCodePoint) {
  std::u32string all;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c < 0xD800 || c > 0xDFFF) all.push_back(c);
  }
  EXPECT_EQ(DecodeUtf8(EncodeUtf8(all)), all);
}

TEST(EncodeUtf8, ReplacesWhatIsNoScalarValue) {
  EXPECT_EQ(EncodeUtf8(std::u32string{0xD800, 0x110000}), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

size_t CountCodePoints(bool (*holds)(char32_t)) {
  size_t count = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) count += holds(c);
  return count;
}

// The counts are those of CPython 3.11's own tables.
std::set<char32_t> FoldedOneByOne(const CodePointRange& range) {
  std::set<char32_t> folded;
  for (char32_t c = range.first; c <= range.last; ++c) folded.insert(FoldCase(c));
  return folded;
}

TEST(AppendFolded, HoldsTheFoldOfEveryCodePointAndNothingElse) {
  for (const CodePointRange& range : std::vector<CodePointRange>{{0, 0x10FFFF},
                                                                 {U'a', U'z'},
                                                                 {U'K', U'S'},
                                                                 {U'k', U'k'},
                                                                 {0x101, 0x104},
                                                                 {0x102, 0x12D},
                                                                 {0x130, 0x131},
                                                                 {0x399, 0x3C3},
                                                                 {0x1F59, 0x1F5F},
                                                                 {0x1F5A, 0x1F5E},
                                                                 {0x4E00, 0x9FFF}}) {
    std::vector<CodePointRange> ranges;
    AppendFolded(range, ranges);
    std::set<char32_t> folded;
    for (const CodePointRange& each : ranges) {
      for (char32_t c = each.first; c <= each.last; ++c) folded.insert(c);
    }
    EXPECT_EQ(folded, FoldedOneByOne(range)) << static_cast<uint32_t>(range.first);
  }
}

TEST(CharacterClasses, HaveAsManyMembersAsInPython) {
  EXPECT_EQ(CountCodePoints(IsSpace), 29u);
  EXPECT_EQ(CountCodePoints(IsWord), 133548u);
  EXPECT_EQ(CountCodePoints(IsDecimal), 660u);
}

TEST(CharacterClasses, KeepMarksAndInvisibleSpacesOut) {
  EXPECT_FALSE(IsWord(0x301));  // Combining acute accent.
  EXPECT_FALSE(IsSpace(0x200B));
  EXPECT_FALSE(IsSpace(0xFEFF));
  EXPECT_TRUE(IsSpace(0x1C));
  EXPECT_TRUE(IsSpace(0x3000));
}

TEST(CharacterClasses, TellDecimalsFromDigits) {
  EXPECT_TRUE(IsDigit(0xB2));  // Superscript two.
  EXPECT_FALSE(IsDecimal(0xB2));
  EXPECT_TRUE(IsDecimal(0xFF11));  // Full-width one.
}

TEST(ToLower, UsesFullMappings) {
  EXPECT_EQ(ToLower(U"\u0130x"), U"i\u0307x");
  EXPECT_EQ(ToLower(U"\u00C9T\u00C9"), U"\u00E9t\u00E9");
}

TEST(ToLower, MakesSigmaFinalOnlyAtTheEndOfAWord) {
  EXPECT_EQ(ToLower(U"\u039F\u03A3"), U"\u03BF\u03C2");
  EXPECT_EQ(ToLower(U"\u039F\u03A3\u0391"), U"\u03BF\u03C3\u03B1");
  EXPECT_EQ(ToLower(U"\u03A3"), U"\u03C3");
  EXPECT_EQ(ToLower(U"A'\u03A3'b"), U"a'\u03C3'b");  // The apostrophe is skipped.
  EXPECT_EQ(ToLower(U"A'\u03A3' b"), U"a'\u03C2' b");
}

TEST(ToUpper, UsesFullMappings) { EXPECT_EQ(ToUpper(U"stra\u00DFe \uFB03"), U"STRASSE FFI"); }

TEST(FoldCase, HoldsEqualWhatReDoes) {
  EXPECT_EQ(FoldCase(U'K'), FoldCase(0x212A));  // Kelvin sign.
  EXPECT_EQ(FoldCase(U's'), FoldCase(0x17F));   // Long s.
  EXPECT_EQ(FoldCase(U'i'), FoldCase(0x130));   // Dotted capital I.
  EXPECT_EQ(FoldCase(U'i'), FoldCase(0x131));   // Dotless small i.
  EXPECT_NE(FoldCase(0xDF), FoldCase(U's'));
  EXPECT_EQ(FoldCase(0xDF), FoldCase(0x1E9E));
}

TEST(FoldCase, IsIdempotent) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) ASSERT_EQ(FoldCase(FoldCase(c)), FoldCase(c));
}

TEST(IsUpperText, NeedsACasedCharacterAndNoOther) {
  EXPECT_TRUE(IsUpper(U"U.S. 2"));
  EXPECT_FALSE(IsUpper(U"123"));
  EXPECT_FALSE(IsUpper(U"A\u01C5"));  // A title-case letter.
  EXPECT_TRUE(IsUpper(U"\u2160"));    // Roman numeral one, a letter number.
  EXPECT_FALSE(IsUpper(U""));
}

TEST(IsLowerText, NeedsACasedCharacterAndNoOther) {
  EXPECT_TRUE(IsLower(U"it's 5\u00AA"));
  EXPECT_FALSE(IsLower(U"iT"));
  EXPECT_FALSE(IsLower(U"..."));
}

TEST(Strip, TakesPythonWhiteSpace) {
  EXPECT_EQ(Strip(U"\u3000\x1F a b\u2028\n"), U"a b");
  EXPECT_EQ(Strip(U"\u200Ba"), U"\u200Ba");
  EXPECT_EQ(Strip(U" \n"), U"");
}

TEST(Strip, TakesTheCharactersOfASet) {
  EXPECT_EQ(Strip(U"\"'a'\"", U"\""), U"'a'");
  EXPECT_EQ(StripLeft(U"<<a>>", U"<"), U"a>>");
  EXPECT_EQ(StripRight(U"<<a>>", U">"), U"<<a");
  EXPECT_EQ(Strip(U"***", U"*"), U"");
}

TEST(Split, DropsEmptyPiecesBetweenWhiteSpace) {
  EXPECT_THAT(Split(U"  a\u00A0 b\n"), ElementsAre(U"a", U"b"));
  EXPECT_TRUE(Split(U" \t ").empty());
}

TEST(Split, KeepsEmptyPiecesBetweenSeparators) {
  EXPECT_THAT(Split(U"\n\na\n\n\n\n", U"\n\n"), ElementsAre(U"", U"a", U"", U""));
  EXPECT_THAT(Split(U"", U"x"), ElementsAre(U""));
}

}  // namespace
}  // namespace hir::python
