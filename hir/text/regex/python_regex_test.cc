#include "hir/text/regex/python_regex.h"

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/text/python/unicode.h"

namespace hir::regex {
namespace {

using python::EncodeUtf8;
using scan::ScanText;

// All expected values below are results of CPython 3.11's re.
size_t Count(std::u32string_view pattern, std::u32string_view text, RegexOptions options = {}) {
  const auto regex = PythonRegex::Compile(pattern, options);
  EXPECT_TRUE(regex.ok()) << regex.status();
  if (!regex.ok()) return ~size_t{0};
  WorkBudget budget;
  const ScanText scan{std::u32string(text)};
  RegexSubject subject(scan, budget);
  const auto count = regex->Count(subject);
  EXPECT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(*regex->Search(subject), *count > 0);
  return *count;
}

constexpr RegexOptions kIgnoreCase = {.ignore_case = true};
constexpr RegexOptions kMultiline = {.multiline = true};

TEST(PythonRegex, CountsLiteralsThatDoNotOverlap) {
  EXPECT_EQ(Count(U"aa", U"aaaaa"), 2u);
  EXPECT_EQ(Count(U"C#", U"c# C#"), 1u);
  EXPECT_EQ(Count(U"", U"abc"), 4u);
}

TEST(PythonRegex, FindsWholeWords) {
  EXPECT_EQ(Count(U"\\bcat\\b", U"cat concat cat, cat's _cat cat_ cats Cat"), 3u);
  EXPECT_EQ(Count(U"\\bcat\\b", U"Cat \u00e9cat cat\u3042 cat\u2019s", kIgnoreCase), 2u);
  EXPECT_EQ(Count(U"\\bk\\b", U"K k \u212A kk", kIgnoreCase), 3u);
  // A mark at the end needs a word character beside it.
  EXPECT_EQ(Count(U"\\b-x\\b", U"-x a-x a-xy"), 1u);
  EXPECT_EQ(Count(U"\\ba\\b", U"a"), 1u);
  EXPECT_EQ(Count(U"\\b\\b", U"a b"), 4u);
}

std::vector<std::pair<size_t, size_t>> Spans(std::u32string_view pattern, const ScanText& text,
                                             RegexOptions options) {
  const auto regex = PythonRegex::Compile(pattern, options);
  EXPECT_TRUE(regex.ok()) << regex.status();
  WorkBudget budget;
  RegexSubject subject(text, budget);
  std::vector<std::pair<size_t, size_t>> spans;
  const std::vector<RegexSpan> found = *regex->FindAll(subject);
  for (const RegexSpan span : found) spans.emplace_back(span.start, span.end);
  return spans;
}

// In a group, a pattern is neither a literal nor has one that the search uses.
TEST(PythonRegex, FindsTheSameByItsLiteralsAsWithoutThem) {
  constexpr std::u32string_view kCharacters = U"aabbc. \n\u00e9K\u212A\u0131";
  const std::u32string_view patterns[] = {
      U"ab",         U"\\bab\\b",      U"\\ba b\\b",     U"\\s?ab\\s?",      U".*ab",
      U"a{2,3}bc?k", U"[ab]{1,4}k\\s", U"(?:a|bb)?c\\.", U"^b*ab$",          U"a\\.?b\\.?c",
      U"\\bi",       U"(a|b)k+i",      U"a*?bb",         U"\u00e9ab|\u00e9", U"\\Bab\\B"};
  std::mt19937_64 random(3);
  for (int i = 0; i < 500; ++i) {
    std::u32string characters;
    for (size_t size = random() % 150; characters.size() < size;) {
      characters += kCharacters[random() % kCharacters.size()];
    }
    const ScanText text(characters);
    for (const std::u32string_view pattern : patterns) {
      for (const RegexOptions options : {RegexOptions{}, kIgnoreCase, kMultiline}) {
        const std::u32string group = U"(?:" + std::u32string(pattern) + U")";
        ASSERT_EQ(Spans(pattern, text, options), Spans(group, text, options))
            << EncodeUtf8(pattern) << " in " << EncodeUtf8(characters);
      }
    }
  }
}

TEST(PythonRegex, FoldsCaseAsPythonDoes) {
  EXPECT_EQ(Count(U"kiss", U"\u212A\u0131\u017Fs KISS k\u0130ss", kIgnoreCase), 3u);
  EXPECT_EQ(Count(U"[a-z]+", U"\u212A9", kIgnoreCase), 1u);
  EXPECT_EQ(Count(U"[^k]", U"K\u212Ak.", kIgnoreCase), 1u);
  EXPECT_EQ(Count(U"stra\u00DFe", U"STRASSE", kIgnoreCase), 0u);
}

TEST(PythonRegex, UsesUnicodeClasses) {
  EXPECT_EQ(Count(U"\\d+", U"\uFF11\uFF12 3"), 2u);
  EXPECT_EQ(Count(U"\\w+", U"\u00E9t\u00E9 \u65E5"), 2u);
  EXPECT_EQ(Count(U"\\s", U"a\u2028b\u200Bc"), 1u);
  EXPECT_EQ(Count(U"[\\s\\d]", U"a 1"), 2u);
  EXPECT_EQ(Count(U"[^\\W\\d]", U"a1_ "), 2u);
}

TEST(PythonRegex, KnowsWordBoundaries) {
  EXPECT_EQ(Count(U"\\bcat\\b", U"cat concat cat\u00E9 cat."), 2u);
  EXPECT_EQ(Count(U"\\bC\\+\\+\\b", U"C++ C++x"), 1u);
  EXPECT_EQ(Count(U"\\B", U""), 0u);
  EXPECT_EQ(Count(U"\\b", U"ab c"), 4u);
}

TEST(PythonRegex, PrefersTheFirstAlternative) {
  EXPECT_EQ(Count(U"a|ab", U"abab"), 2u);
  EXPECT_EQ(Count(U"(?:a|ab)(c|bcd)", U"abcd"), 1u);
  EXPECT_EQ(Count(U"x*?y|x", U"xxxy"), 1u);
}

TEST(PythonRegex, CountsEmptyMatchesAsPythonDoes) {
  EXPECT_EQ(Count(U"a*", U"baac"), 4u);
  EXPECT_EQ(Count(U"a*?", U"aa"), 5u);
  EXPECT_EQ(Count(U"a|b*", U"abba"), 4u);
}

TEST(PythonRegex, RepeatsWithinBounds) {
  EXPECT_EQ(Count(U"a{2,3}", U"aaaaa"), 2u);
  EXPECT_EQ(Count(U"a{,2}b", U"aaab"), 1u);
  EXPECT_EQ(Count(U"(ab){2}", U"ababab"), 1u);
  EXPECT_EQ(Count(U"a{x}", U"a{x}"), 1u);
  EXPECT_EQ(Count(U"a{}", U"a{}"), 1u);
}

TEST(PythonRegex, RepeatsPossessively) {
  EXPECT_EQ(Count(U"C++", U"c CC C++", kIgnoreCase), 3u);
  EXPECT_EQ(Count(U"\\bC++\\b", U"C++ CCx"), 1u);
  EXPECT_EQ(Count(U"a*+a", U"aaa"), 0u);
  EXPECT_EQ(Count(U"a{1,2}+a", U"aaa aa"), 1u);
  EXPECT_EQ(Count(U"a?+b", U"ab b"), 2u);
}

TEST(PythonRegex, AnchorsAtLinesOnlyWhenMultiline) {
  EXPECT_EQ(Count(U"^a$", U"a\na\n", kMultiline), 2u);
  EXPECT_EQ(Count(U"^a$", U"a\n"), 1u);
  EXPECT_EQ(Count(U"a$", U"a\na"), 1u);
  EXPECT_EQ(Count(U"a\\Z", U"a\n"), 0u);
  EXPECT_EQ(Count(U".+", U"ab\nc"), 2u);
}

TEST(PythonRegex, ReadsEscapes) {
  EXPECT_EQ(Count(U"\\x41\\u00e9\\.", U"A\u00E9."), 1u);
  EXPECT_EQ(Count(U"[\\]\\-a]", U"]-ab"), 3u);
  EXPECT_EQ(Count(U"[]a]", U"]a"), 2u);
  EXPECT_EQ(Count(U"\\\u00E9", U"\u00E9"), 1u);
}

class RejectedPattern : public testing::TestWithParam<std::u32string_view> {};

TEST_P(RejectedPattern, IsInvalidAsInPython) {
  EXPECT_EQ(PythonRegex::Compile(GetParam()).status().code(), absl::StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(All, RejectedPattern,
                         testing::Values(U"(x", U"x)", U"*a", U"a**", U"[a", U"a{3,2}", U"\\",
                                         U"\\q", U"[z-a]", U"[\\d-z]", U"^*", U"\\xg", U"a|*",
                                         U"(?", U"(*a)", U"+"));

class RefusedPattern : public testing::TestWithParam<std::u32string_view> {};

TEST_P(RefusedPattern, IsUnimplemented) {
  EXPECT_EQ(PythonRegex::Compile(GetParam()).status().code(), absl::StatusCode::kUnimplemented);
}

INSTANTIATE_TEST_SUITE_P(All, RefusedPattern,
                         testing::Values(U"(?=a)", U"(?<!a)b", U"(a)\\1", U"(?i)a", U"(?:ab)*+",
                                         U"(?P<n>a)", U"(a*)*", U"(?>a)", U"\\N{DASH}"));

TEST(PythonRegex, RefusesWhatIsTooLarge) {
  const std::u32string long_literal(10'001, U'a');
  const std::u32string long_class = U"[" + long_literal + U"]";
  for (std::u32string_view pattern :
       {std::u32string_view(U"((a{100}){100}){100}"), std::u32string_view(long_literal),
        std::u32string_view(long_class)}) {
    const absl::Status status = PythonRegex::Compile(pattern).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("too large"));
  }
}

TEST(PythonRegex, CountsTheGroupsThatCapture) {
  EXPECT_EQ(PythonRegex::Compile(U"abc")->groups(), 0);
  EXPECT_EQ(PythonRegex::Compile(U"(?:a)b")->groups(), 0);
  EXPECT_EQ(PythonRegex::Compile(U"((a)|b)(c)?\\([(]")->groups(), 3);
}

TEST(PythonRegex, TakesLinearTimeWherePythonBacktracks) {
  EXPECT_EQ(Count(U"(?:a|a)+b|(?:a+)+c", std::u32string(20000, U'a')), 0u);
}

TEST(PythonRegex, StopsWhenTheWorkBudgetRunsOut) {
  const auto wide = PythonRegex::Compile(U"(?:[ab]{1,4000}c)");
  ASSERT_TRUE(wide.ok()) << wide.status();
  WorkBudget budget;
  const ScanText text(std::u32string(200000, U'a'));
  RegexSubject subject(text, budget);
  EXPECT_EQ(wide->Count(subject).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(budget.exhausted());
}

TEST(PythonRegex, ChargesALiteralByTheText) {
  const auto literal = PythonRegex::Compile(U"needle");
  ASSERT_TRUE(literal.ok()) << literal.status();
  WorkBudget budget(1000);
  const ScanText hay(U"hay");
  RegexSubject small(hay, budget);
  EXPECT_EQ(*literal->Count(small), 0u);
  const ScanText text(std::u32string(1000, U'h'));
  RegexSubject large(text, budget);
  EXPECT_EQ(literal->Count(large).status().code(), absl::StatusCode::kResourceExhausted);
}

// Time proportional to the product of both lengths would far exceed the test's limit.
TEST(PythonRegex, FindsALongLiteralInLinearTime) {
  EXPECT_EQ(Count(std::u32string(9'999, U'a') + U"b", std::u32string(10'000'000, U'a')), 0u);
  EXPECT_EQ(Count(U"aab", U"aaabaabab"), 2u);
  EXPECT_EQ(Count(U"abab", U"abababab abab"), 3u);
}

std::u32string DisjointCharacters(size_t count) {
  std::u32string characters;
  for (size_t i = 0; i < count; ++i) characters.push_back(static_cast<char32_t>(0x4E00 + 2 * i));
  return characters;
}

TEST(PythonRegex, SearchesAndSharesSetsOfManyRanges) {
  const std::u32string characters = DisjointCharacters(4900);
  const std::u32string last(1000, characters.back());
  EXPECT_EQ(Count(U"[" + characters + U"]{1000}", last), 1u);
  EXPECT_EQ(Count(U"[^" + characters + U"]", last), 0u);
  EXPECT_EQ(Count(U"[\u4E01" + characters + U"\u4E00-\u4E10]+", U"\u4E0F\u4E11\u4E12"), 2u);
}

TEST(IsLiteralPattern, SeesEveryMetacharacter) {
  EXPECT_TRUE(IsLiteralPattern(U"rock-n-roll, don't! <a> #1 & ~"));
  for (char32_t c : std::u32string_view(U".^$*+?{}[]\\|()")) {
    EXPECT_FALSE(IsLiteralPattern(std::u32string(1, c)));
  }
}

}  // namespace
}  // namespace hir::regex
