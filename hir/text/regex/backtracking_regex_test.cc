#include "hir/text/regex/backtracking_regex.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/text/python/unicode.h"

namespace hir::regex {
namespace {

using python::View;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Options = BacktrackingRegex::Options;

// All expected values below are results of CPython 3.11's re.
std::vector<std::u32string> FindAll(View pattern, View text, const Options& options = {}) {
  WorkBudget budget;
  std::vector<std::u32string> found;
  for (const RegexMatch& match : BacktrackingRegex(pattern, options).FindAll(text, budget)) {
    found.emplace_back(match[0]);
  }
  EXPECT_FALSE(budget.exhausted());
  return found;
}

TEST(BacktrackingRegex, GivesTheGroupsOfAMatch) {
  WorkBudget budget;
  const auto match = BacktrackingRegex(U"(\\w+)(?:-(\\d+))?(x)?").Search(U"  a-12", budget);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->groups(), 3u);
  EXPECT_EQ((*match)[1], U"a");
  EXPECT_EQ((*match)[2], U"12");
  EXPECT_FALSE(match->Has(3));
  EXPECT_EQ(match->begin(), 2u);
}

TEST(BacktrackingRegex, LooksAroundAndRefersBack) {
  EXPECT_THAT(FindAll(U"(?<!a)b(?!c)", U"ab b bc"), ElementsAre(U"b"));
  EXPECT_THAT(FindAll(U"([\"'])(.*?)\\1", U"'a\"' \"b\""), ElementsAre(U"'a\"'", U"\"b\""));
}

TEST(BacktrackingRegex, HasPythonsWhiteSpace) {
  const View spaces = U"\x1c\x85\xa0\u2028\u3000";
  EXPECT_THAT(FindAll(U"^\\s+$", spaces), ElementsAre(spaces));
  EXPECT_THAT(FindAll(U"[\\s,]+",
                      U"a,\x1f"
                      U"b"),
              ElementsAre(U",\x1f"));
  EXPECT_THAT(FindAll(U"[^\\s]+|\\S", U"a\u200b b"), ElementsAre(U"a\u200b", U"b"));
  EXPECT_THAT(FindAll(U"[\\S]", U"\u3000x"), ElementsAre(U"x"));
}

TEST(BacktrackingRegex, HasPythonsLines) {
  EXPECT_THAT(FindAll(U"^", U"a\n", {.multiline = true}).size(), 2u);
  EXPECT_THAT(FindAll(U"a$", U"a\n"), ElementsAre(U"a"));
  EXPECT_THAT(FindAll(U"a\\Z", U"a\n"), IsEmpty());
  EXPECT_THAT(FindAll(U".+", U"a\rb\nc"), ElementsAre(U"a\rb", U"c"));
  EXPECT_THAT(FindAll(U".+", U"a\nb", {.dot_all = true}), ElementsAre(U"a\nb"));
}

TEST(BacktrackingRegex, ReadsPatternsAsPythonDoes) {
  EXPECT_THAT(FindAll(U"a{,2}b", U"aab"), ElementsAre(U"aab"));
  EXPECT_THAT(FindAll(U"[]x]+", U"a]x"), ElementsAre(U"]x"));
  EXPECT_THAT(FindAll(U"[[:a]+", U"[a:b"), ElementsAre(U"[a:"));
  EXPECT_THAT(FindAll(U"é\\b", U"É", {.ignore_case = true}), ElementsAre(U"É"));
}

TEST(BacktrackingRegex, HoldsTheDotlessAndTheDottedIEqualToI) {
  const Options any_case = {.ignore_case = true};
  const View letters = U"i I \u0130 \u0131 j";
  const auto all = ElementsAre(U"i", U"I", U"\u0130", U"\u0131");
  EXPECT_THAT(FindAll(U"i", letters, any_case), all);
  EXPECT_THAT(FindAll(U"I", letters, any_case), all);
  EXPECT_THAT(FindAll(U"\u0131", letters, any_case), all);
  EXPECT_THAT(FindAll(U"[hi]", letters, any_case), all);
  EXPECT_THAT(FindAll(U"[H-I]", letters, any_case), all);
  EXPECT_THAT(FindAll(U"[^i]", U"i\u0131\u0130x", any_case), ElementsAre(U"x"));
  EXPECT_THAT(FindAll(U"i", letters), ElementsAre(U"i"));
}

TEST(BacktrackingRegex, LetsAnEmptyMatchFollowAnother) {
  EXPECT_THAT(FindAll(U"a*", U"baac"), ElementsAre(U"", U"aa", U"", U""));
  EXPECT_THAT(FindAll(U"\\b|\\w+", U"ab"), ElementsAre(U"", U"ab", U""));
}

TEST(BacktrackingRegex, MatchesAtTheBeginning) {
  WorkBudget budget;
  const BacktrackingRegex regex(U"a|ab");
  EXPECT_FALSE(regex.Match(U"xa", budget));
  EXPECT_EQ((*regex.Match(U"abc", budget))[0], U"a");
}

TEST(BacktrackingRegex, SplitsAndReplaces) {
  WorkBudget budget;
  EXPECT_THAT(BacktrackingRegex(U"(,)|;").Split(U"a,b;c", budget),
              ElementsAre(U"a", U",", U"b", U"", U"c"));
  EXPECT_THAT(BacktrackingRegex(U",").Split(U"a,b,c", budget, 1), ElementsAre(U"a", U"b,c"));
  EXPECT_EQ(BacktrackingRegex(U"x*").Replace(U"abxd", U"-", budget), U"-a-b--d-");
  EXPECT_EQ(RegexEscape(U"a.b_é-"), U"a\\.b_é\\-");
}

TEST(BacktrackingRegex, StopsWhenTheBudgetIsExhausted) {
  WorkBudget budget;
  const std::u32string text(50, U'a');
  EXPECT_FALSE(BacktrackingRegex(U"(a+)+b").Search(text + U"cb", budget));
  EXPECT_TRUE(budget.exhausted());
  EXPECT_FALSE(BacktrackingRegex(U"c").Search(text + U"c", budget));
}

TEST(BacktrackingRegex, RefusesABrokenPattern) {
  EXPECT_EQ(BacktrackingRegex::Compile(U"(", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir::regex
