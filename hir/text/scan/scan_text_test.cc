#include "hir/text/scan/scan_text.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/unicode.h"

namespace hir::scan {
namespace {

using python::EncodeUtf8;
using python::FoldCase;
using python::IsDecimal;
using python::IsPunctuation;
using python::IsSpace;
using python::IsWord;
using python::Split;
using python::Strip;
using python::ToLower;
using python::WithoutPunctuation;

// Texts of every length up to several blocks, with characters of every class, ASCII and others.
std::vector<std::u32string> RandomTexts() {
  constexpr std::u32string_view kAscii = U"  \n\t\x1c\x1f\x7f aabAZ_09.,!~@[`{:/*";
  constexpr std::u32string_view kAll =
      U"  \n ab*"
      U"Z_9.,\u0131\u017f\u00a0\u2003\u3000\u0085\u0130\u03a3\u212a\u0661\u00b2\u2019\u65e5\u0301"
      U"\U0001F600\U0001D7CE\U0001D400\U0010FFFF";
  std::mt19937_64 random(7);
  std::vector<std::u32string> texts;
  for (size_t size = 0; size < 4 * kBlock; ++size) {
    for (const std::u32string_view characters : {kAscii, kAll}) {
      std::u32string text;
      // Occasional runs of one character, some of them longer than a block.
      while (text.size() < size) {
        const size_t run = random() % 8 == 0 ? random() % (2 * kBlock) : 1;
        text.append(run, characters[random() % characters.size()]);
      }
      text.resize(size);
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

template <typename Test>
std::vector<std::u32string_view> RunsOf(const ScanText& text) {
  std::vector<std::u32string_view> runs;
  for (Runs<Test> run(text); run.Next();) runs.push_back(CodePointsOf(text, *run));
  return runs;
}

TEST(Tokens, AreThePiecesOfSplit) {
  for (const std::u32string& text : RandomTexts()) {
    const ScanText scan(text);
    ASSERT_EQ(RunsOf<IsTokenByte>(scan), Split(scan.code_points())) << EncodeUtf8(text);
  }
}

TEST(Words, AreTheRunsOfWordCharacters) {
  for (const std::u32string& text : RandomTexts()) {
    const ScanText scan(text);
    std::vector<std::u32string_view> words;
    const std::u32string_view all = scan.code_points();
    for (size_t begin = 0; begin < all.size();) {
      size_t end = begin;
      while (end < all.size() && IsWord(all[end])) ++end;
      if (end > begin) words.push_back(all.substr(begin, end - begin));
      begin = end + 1;
    }
    ASSERT_EQ(RunsOf<IsWordByte>(scan), words) << EncodeUtf8(text);
    ASSERT_EQ(CountWords(scan), words.size()) << EncodeUtf8(text);
  }
}

TEST(CountWords, CountsRunsOfWordCharacters) {
  EXPECT_EQ(CountWords(ScanText(U"don't stop_it 3.5")), 5u);
  EXPECT_EQ(CountWords(ScanText(U"e\u0301te\u0301")), 2u);  // Decomposed accents split words.
  EXPECT_EQ(CountWords(ScanText(U"\u65E5\u672C\u8A9E")), 1u);
  EXPECT_EQ(CountWords(ScanText(U"...")), 0u);
}

TEST(BitsAt, AgreeWithTheClassOfEveryCharacter) {
  std::u32string all;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) all.push_back(c);
  const ScanText text(all);
  for (size_t at = 0; at < text.size(); ++at) {
    const size_t block = at - at % kBlock;
    const auto has = [&](auto test) {
      return (BitsAt(text, block, test) >> (at - block) & 1) != 0;
    };
    ASSERT_EQ(has(IsSpaceByte()), IsSpace(all[at])) << at;
    ASSERT_EQ(has(IsTokenByte()), !IsSpace(all[at])) << at;
    ASSERT_EQ(has(IsWordByte()), IsWord(all[at])) << at;
    ASSERT_EQ(has(IsMarkByte()), IsPunctuation(all[at])) << at;
    ASSERT_EQ(text.bytes()[at] == static_cast<char>(kDecimalByte), at >= 0x80 && IsDecimal(all[at]))
        << at;
  }
}

// Lower case keeps the class of all characters except these, and folding makes no others ASCII.
TEST(ScanText, HasAByteOfItsOwnForLettersThatBecomeAscii) {
  for (char32_t c = 0x80; c <= 0x10FFFF; ++c) {
    const ScanText text(std::u32string(1, c));
    const auto byte = static_cast<uint8_t>(text.bytes()[0]);
    const std::u32string lower = ToLower(std::u32string(1, c));
    const bool changes = ScanText(lower).bytes() != text.bytes() || FoldCase(c) < 0x80;
    ASSERT_EQ(byte == kLikeAsciiByte, changes) << static_cast<uint32_t>(c);
  }
}

TEST(ScanText, LowersAndFoldsAsTheCodePointsDo) {
  for (const std::u32string& text : RandomTexts()) {
    const ScanText scan(text);
    ASSERT_EQ(scan.code_points(), text);
    ASSERT_EQ(scan.Lower().code_points(), ToLower(text)) << EncodeUtf8(text);
    ASSERT_EQ(scan.Folded().code_points(), FoldCase(std::u32string_view(text))) << EncodeUtf8(text);
    ASSERT_EQ(scan.Lower().bytes(), ScanText(ToLower(text)).bytes()) << EncodeUtf8(text);
  }
}

// Expects `text` to equal a text made of the code points `expected`: in code points, bytes and
// equality.
void ExpectSame(const ScanText& text, std::u32string expected) {
  const ScanText made(std::move(expected));
  ASSERT_EQ(text.code_points(), made.code_points());
  ASSERT_EQ(text.bytes(), made.bytes());
  ASSERT_TRUE(text == made);
}

TEST(ScanText, HasPartsAndWhatIsKeptOfThemAsTextsOfTheirOwn) {
  std::mt19937_64 random(12);
  for (const std::u32string& text : RandomTexts()) {
    const ScanText scan(text);
    const size_t begin = random() % (text.size() + 1);
    const size_t size = random() % (text.size() - begin + 1);
    const ScanText part = scan.Part({begin, size});
    ExpectSame(part, text.substr(begin, size));
    EXPECT_EQ(part.ascii(), ScanText(text.substr(begin, size)).ascii());
    ExpectSame(part.WithoutMarks(), WithoutPunctuation(part.code_points()));
    std::u32string bare = part.code_points();
    std::erase(bare, U'*');
    ExpectSame(part.WithoutAsterisks(), bare);
  }
}

TEST(ScanText, DiffersWhereCharactersOfOneClassDo) {
  EXPECT_FALSE(ScanText(U"\u00e9") == ScanText(U"\u00e8"));
  EXPECT_FALSE(ScanText(U"ab") == ScanText(U"abc"));
  EXPECT_FALSE(ScanText(U"e") == ScanText(U"\u00e9"));
}

TEST(FindText, FindsWhatTheStringsOwnSearchFinds) {
  std::mt19937_64 random(11);
  for (const std::u32string& text : RandomTexts()) {
    const ScanText scan(text);
    for (int i = 0; i < 20; ++i) {
      // A part of the text, or the same with another end.
      const size_t begin = random() % (text.size() + 1);
      std::u32string part = text.substr(begin, random() % 20);
      if (i % 4 == 0) part += U'q';
      const size_t from = random() % (text.size() + 1);
      const Needle needle(part);
      ASSERT_EQ(FindText(scan, needle, from), std::u32string_view(text).find(part, from))
          << EncodeUtf8(part) << " in " << EncodeUtf8(text);
      ASSERT_EQ(HasTextAt(scan, needle, begin),
                std::u32string_view(text).substr(begin).starts_with(part));
    }
  }
}

TEST(Strip, LeavesWhatStripLeaves) {
  for (const std::u32string& text : RandomTexts()) {
    const ScanText scan(text);
    ASSERT_EQ(CodePointsOf(scan, Strip(scan)), Strip(scan.code_points())) << EncodeUtf8(text);
  }
}

}  // namespace
}  // namespace hir::scan
