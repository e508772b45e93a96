// Checkers of layout: bullets, highlights, sections, titles, JSON, beginnings and ends.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/check_testing.h"
#include "hir/checkers/ifeval/kinds.h"

namespace hir::ifeval {
namespace {

using ::testing::HasSubstr;

constexpr auto Strictly = StrictlyOf<RegisterKinds>;

// The expected counts below are those that the official patterns give in Python.
std::string Count(std::string_view kind, const std::string& argument, int count,
                  std::string_view text) {
  return Strictly(kind, "{\"" + argument + "\": " + std::to_string(count) + "}", text);
}

bool HasBullets(int count, std::string_view text) {
  return Count("detectable_format:number_bullet_lists", "num_bullets", count, text) == "1";
}

TEST(BulletLists, CountsStarAndDashLines) {
  EXPECT_TRUE(HasBullets(3, "* a\n  * b\ntext\n- c"));
  EXPECT_TRUE(HasBullets(2, "---\n-5 degrees"));
  EXPECT_TRUE(HasBullets(1, "*italic* line"));
  EXPECT_TRUE(HasBullets(0, "**bold**\na - b"));
}

TEST(BulletLists, LetsWhiteSpaceSpanLinesAndAStarEatANewline) {
  EXPECT_TRUE(HasBullets(2, "\n\n  * a\n\n- b"));
  EXPECT_TRUE(HasBullets(1, "*\n* b"));
  EXPECT_TRUE(HasBullets(0, "*"));
}

bool HasHighlights(int count, std::string_view text) {
  const auto at_least = [text](int n) {
    return Count("detectable_format:number_highlighted_sections", "num_highlights", n, text);
  };
  return at_least(count) == "1" && at_least(count + 1) == "0";
}

TEST(HighlightedSections, CountsSingleAndDoubleStars) {
  EXPECT_TRUE(HasHighlights(1, "*a* b"));
  EXPECT_TRUE(HasHighlights(1, "**a**"));
  EXPECT_TRUE(HasHighlights(2, "**a** b **c**"));
  EXPECT_TRUE(HasHighlights(2, "*a* **b**"));
}

TEST(HighlightedSections, PassesOverBlankAndBrokenOnes) {
  EXPECT_TRUE(HasHighlights(0, "* *"));
  EXPECT_TRUE(HasHighlights(0, "*a\nb*"));
  EXPECT_TRUE(HasHighlights(0, "****"));
  EXPECT_TRUE(HasHighlights(2, "***a***"));  // Counts as single and as double.
}

std::string Sections(const std::string& spliter, int count, std::string_view text) {
  return Strictly(
      "detectable_format:multiple_sections",
      "{\"section_spliter\": \"" + spliter + "\", \"num_sections\": " + std::to_string(count) + "}",
      text);
}

TEST(MultipleSections, CountsTheWordWithANumberBehindIt) {
  EXPECT_EQ(Sections("Section", 2, "Section 1\na\nsubSection2 b"), "1");
  EXPECT_EQ(Sections("Section", 2, "Section 1\nSECTION 2"), "0");
  EXPECT_EQ(Sections("Section", 1, "Section \xEF\xBC\x91"), "1");  // A full-width digit.
  EXPECT_EQ(Sections("Section", 1, "Section  1"), "0");            // Two spaces.
  EXPECT_EQ(Sections("Section", 0, "nothing"), "1");
}

TEST(MultipleSections, TakesTheWordAsAPattern) {
  EXPECT_EQ(Sections("Day|Week", 2, "Day Week 1"), "1");
  EXPECT_EQ(Sections("(", 1, "( 1"), "r");
}

// re.split() also returns what the groups captured, and the official code counts it.
TEST(MultipleSections, CountsTheGroupsOfThePatternToo) {
  EXPECT_EQ(Sections("(Section|Part)", 2, "Section 1 [x]"), "1");
  EXPECT_EQ(Sections("(Section|Part)", 3, "Section 1 [x]"), "0");
  EXPECT_EQ(Sections("((Sect)ion)(x)?", 8, "Section 1 a Section 2 b"), "1");
  EXPECT_EQ(Sections("((Sect)ion)(x)?", 9, "Section 1 a Section 2 b"), "0");
  EXPECT_EQ(Sections("(?:Section|Part)", 2, "Section 1 [x]"), "0");
}

TEST(Placeholders, CountsBracketsClosedOnTheirLine) {
  const auto count = [](int n, std::string_view text) {
    return Count("detectable_content:number_placeholders", "num_placeholders", n, text);
  };
  EXPECT_EQ(count(3, "[a] [] [[b]]"), "1");
  EXPECT_EQ(count(4, "[a] [] [[b]]"), "0");
  EXPECT_EQ(count(1, "[a\nb]"), "0");
  EXPECT_EQ(count(1, "[open [a]"), "1");
}

std::string Postscript(const std::string& marker, std::string_view text) {
  return Strictly("detectable_content:postscript", "{\"postscript_marker\": \"" + marker + "\"}",
                  text);
}

TEST(Postscript, TakesItsTwoMarkersWithSpaces) {
  EXPECT_EQ(Postscript("P.S.", "bye\nP. S. one more"), "1");
  EXPECT_EQ(Postscript("P.S.", "xp.s. inside"), "1");
  EXPECT_EQ(Postscript("P.S.", "PS: no points"), "0");
  EXPECT_EQ(Postscript("P.P.S", "p.\np. s"), "1");
  EXPECT_EQ(Postscript("P.P.S", "p.s."), "0");
}

TEST(Postscript, TakesAnyOtherMarkerAsAPattern) {
  EXPECT_EQ(Postscript(" PS: ", "ps: hello"), "1");
  EXPECT_EQ(Postscript("P.X.", "pax!"), "1");
  EXPECT_EQ(Postscript("P[S", "p[s"), "r");
}

std::string Json(std::string_view text) {
  return Strictly("detectable_format:json_format", "{}", text);
}

TEST(JsonFormat, TakesPlainAndFencedJson) {
  EXPECT_EQ(Json(" {\"a\": [1]} "), "1");
  EXPECT_EQ(Json("```json\n{}\n```"), "1");
  EXPECT_EQ(Json("```JSON[]```"), "1");
  EXPECT_EQ(Json("```\nNaN\n```"), "1");
}

TEST(JsonFormat, RejectsWhatSurroundsIt) {
  EXPECT_EQ(Json("Here: {}"), "0");
  EXPECT_EQ(Json("```json\n{}\n```\nDone."), "0");
  EXPECT_EQ(Json("```Javascript\n{}\n```"), "0");
}

TEST(JsonFormat, IsUndecidableWherePythonRunsOutOfStack) {
  EXPECT_EQ(Json(std::string(5000, '[') + std::string(5000, ']')), "r");
}

std::string Title(std::string_view text) { return Strictly("detectable_format:title", "{}", text); }

TEST(Title, WantsTextInDoubleAngularBrackets) {
  EXPECT_EQ(Title("a\n <<b>> c"), "1");
  EXPECT_EQ(Title("<< >>"), "0");
  EXPECT_EQ(Title("<<>>"), "0");
  EXPECT_EQ(Title("<<<>>>"), "0");
  EXPECT_EQ(Title("<<a\nb>>"), "0");
  EXPECT_EQ(Title("<<\n>>\n<<a>>"), "1");
  EXPECT_EQ(Title("<<><>>"), "1");      // Each kind of bracket is taken off its own end.
  EXPECT_EQ(Title("<< >> x >>"), "1");  // The longest match of the line.
}

TEST(ConstrainedResponse, WantsOneOfThreeSentencesAnywhere) {
  const auto check = [](std::string_view text) {
    return Strictly("detectable_format:constrained_response", "{}", text);
  };
  EXPECT_EQ(check("Well. My answer is maybe. Ok"), "1");
  EXPECT_EQ(check("my answer is yes."), "0");
}

std::string Two(std::string_view text) { return Strictly("combination:two_responses", "{}", text); }

TEST(TwoResponses, WantsTwoDifferentAnswers) {
  EXPECT_EQ(Two("a\n******\nb"), "1");
  EXPECT_EQ(Two("******\na\n******\nb\n******"), "1");
  EXPECT_EQ(Two("a ****** a"), "0");
  EXPECT_EQ(Two("a ****** ****** b"), "0");
  EXPECT_EQ(Two("a ****** b ****** c"), "0");
}

TEST(RepeatPrompt, ComparesTheBeginningWithoutCase) {
  const auto check = [](std::string_view text) {
    return Strictly("combination:repeat_prompt", R"({"prompt_to_repeat": " Say HI. "})", text);
  };
  EXPECT_EQ(check("\n say hi. Hi!"), "1");
  EXPECT_EQ(check("Please say hi."), "0");
  EXPECT_THAT(Strictly("combination:repeat_prompt", R"({"prompt_to_repeat": ""})", "a"),
              HasSubstr("must not be empty"));
}

TEST(EndChecker, IgnoresQuotesAndCaseAtTheEnd) {
  const auto check = [](std::string_view text) {
    return Strictly("startend:end_checker", R"({"end_phrase": "The END."})", text);
  };
  EXPECT_EQ(check("It is the end.\" \n"), "1");
  EXPECT_EQ(check("the end. really"), "0");
}

TEST(Quotation, WantsStraightQuotesAtBothEnds) {
  const auto check = [](std::string_view text) {
    return Strictly("startend:quotation", "{}", text);
  };
  EXPECT_EQ(check(" \"a\"\n"), "1");
  EXPECT_EQ(check("\""), "0");
  EXPECT_EQ(check("\xE2\x80\x9C"
                  "a\xE2\x80\x9D"),
            "0");
}

}  // namespace
}  // namespace hir::ifeval
