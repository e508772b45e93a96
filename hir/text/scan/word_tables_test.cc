#include "hir/text/scan/word_tables.h"

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "hir/text/python/unicode.h"

namespace hir::scan {
namespace {

using python::EncodeUtf8;

TextSpan All(const ScanText& text) { return {0, text.size()}; }

TEST(WordList, FindsItsWordsAndNoOthers) {
  const std::vector<std::u32string_view> words = {U"a",  U"ab",      U"abcdefg",        U"abcdefgh",
                                                  U"me", U"myself,", U"fifteen-letters"};
  const WordList list(words);
  for (size_t place = 0; place < words.size(); ++place) {
    const ScanText text{std::u32string(words[place])};
    EXPECT_EQ(list.Find(text, All(text)), place);
    EXPECT_EQ(list.Find(words[place]), place);
  }
  for (const char32_t* const other : {U"", U"b", U"A", U"abcdef", U"abcdefghi", U"fifteen-letterss",
                                      U"fifteen-letter", U"m\u00e9", U"m\u0435"}) {
    const ScanText text(other);
    EXPECT_FALSE(list.Contains(text, All(text))) << EncodeUtf8(other);
    EXPECT_EQ(list.Find(other), WordList::kNone) << EncodeUtf8(other);
  }
  const ScanText with_nul(std::u32string(U"a\0", 2));
  EXPECT_FALSE(list.Contains(with_nul, All(with_nul)));
  const ScanText longer(U"xmex");
  EXPECT_TRUE(list.Contains(longer, {1, 2}));
  EXPECT_FALSE(list.Contains(longer, {1, 3}));
}

TEST(WordCounts, CountAsAMapOfStringsCounts) {
  std::mt19937_64 random(5);
  std::u32string all;
  std::vector<TextSpan> spans;
  using std::string_view_literals::operator""sv;
  constexpr std::u32string_view kCharacters = U"ab\0\u00e9\u65e5\u672c"sv;
  for (int i = 0; i < 20'000; ++i) {
    // Most are short, so that many repeat; some are not ASCII.
    const size_t size = random() % (i % 10 == 0 ? 40 : 12);
    spans.push_back({all.size(), size});
    for (size_t n = 0; n < size; ++n) all += kCharacters[random() % (i % 3 == 0 ? 6 : 3)];
  }
  const ScanText text(all);
  WordCounts words(text);
  std::map<std::u32string_view, size_t> expected;
  for (const TextSpan span : spans) {
    ASSERT_EQ(words.Add(span), ++expected[CodePointsOf(text, span)]);
    ASSERT_EQ(words.size(), expected.size());
  }
}

}  // namespace
}  // namespace hir::scan
