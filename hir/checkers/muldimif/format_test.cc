// The quirks of MulDimIF's rules on Markdown and tables, each by name.
#include <string>

#include "gtest/gtest.h"
#include "hir/checkers/muldimif/sentence_testing.h"

namespace hir::muldimif {
namespace {

std::string Markdown(const std::string& sentence, const std::string& text) {
  return OnSentence("muldimif:Format/Markdown", sentence, text);
}

std::string Table(const std::string& sentence, const std::string& text) {
  return OnSentence("muldimif:Format/Table", sentence, text);
}

TEST(MuldimifMarkdown, AHeadingIsMarksSpaceAndText) {
  const std::string sentence = "Include a level 2 heading";
  EXPECT_EQ(Markdown(sentence, "x\n  ## y"), "1");
  EXPECT_EQ(Markdown(sentence, "##y"), "0");
  EXPECT_EQ(Markdown(sentence, "##"), "0");
  EXPECT_EQ(Markdown(sentence, "### y"), "0");
}

TEST(MuldimifMarkdown, ReadsWhichLevelsThereMustBe) {
  EXPECT_EQ(Markdown("use heading levels 1 and two", "# a\n## b"), "1");
  EXPECT_EQ(Markdown("use heading levels such as level 1 for x and level 3 for y", "# a"), "0");
  EXPECT_EQ(Markdown("should use H1 and H3", "# a\n### b"), "1");
  EXPECT_EQ(Markdown("must begin with a level 1 heading", "## a\n# b"), "0");
  EXPECT_EQ(Markdown("heading levels must not exceed level 2", "# a\n### b"), "0");
  EXPECT_EQ(Markdown("heading levels must not exceed level 2", "no heading"), "0");
  EXPECT_EQ(Markdown("organize it with headings", "#### a"), "1");
}

TEST(MuldimifMarkdown, CountsDifferentLevels) {
  EXPECT_EQ(Markdown("use at least two heading levels", "# a\n# b"), "0");
  EXPECT_EQ(Markdown("use exactly 2 heading levels", "# a\n## b\n# c"), "1");
  EXPECT_EQ(Markdown("use up to 2 heading levels", "no heading"), "1");
}

TEST(MuldimifMarkdown, TheTitleOfAHeadingIsExact) {
  const std::string sentence = "have a level 2 heading titled 'Key Points'.";
  EXPECT_EQ(Markdown(sentence, "## Key Points"), "1");
  EXPECT_EQ(Markdown(sentence, "## key points"), "0");
}

TEST(MuldimifMarkdown, WithEachOrAnyEveryHeadingMustFollowByItself) {
  EXPECT_EQ(Markdown("Each section must use heading level 2", "## a\n## b"), "1");
  EXPECT_EQ(Markdown("Each section must use heading level 2", "## a\n# b"), "0");
  EXPECT_EQ(Markdown("Each part must be fine", "no heading"), "0");
  EXPECT_EQ(Markdown("The parts must be fine", "no heading"), "1");
}

TEST(MuldimifMarkdown, LooksForQuotesBoldTextAndBullets) {
  EXPECT_EQ(Markdown("Use block quotes", "a\n> b"), "1");
  EXPECT_EQ(Markdown("All is in block quotes", "> a\n> b"), "1");
  EXPECT_EQ(Markdown("All is in block quotes", "> a\n\n> b"), "0");
  EXPECT_EQ(Markdown("at least two block quotes", "> a"), "0");
  EXPECT_EQ(Markdown("at least some block quotes", "> a"), "r");
  EXPECT_EQ(Markdown("Names are bold", "__a__"), "1");
  EXPECT_EQ(Markdown("Names are bold", "**a\nb**"), "0");
  EXPECT_EQ(Markdown("Use bullet points", "  + a"), "1");
  EXPECT_EQ(Markdown("Use bullet points", "+a"), "0");
}

TEST(MuldimifTable, CountsRowsWithoutTheHeadAndTheLineBelowIt) {
  EXPECT_EQ(Table("a table with exactly two rows", "| a |\n|---|\n| 1 |\n| 2 |"), "1");
  EXPECT_EQ(Table("a table with exactly two rows", "| a |\n| 1 |\n| 2 |"), "1");
  EXPECT_EQ(Table("no more than 1 row", "| a |\n|---|\n\n| 1 |\n| 2 |"), "0");
  // The first wording in the official list decides, wherever it stands.
  EXPECT_EQ(Table("not exceed 1 row, must not exceed 2 rows", "| a |\n|---|\n| 1 |\n| 2 |"), "1");
}

TEST(MuldimifTable, CountsTheColumnsOfTheFirstLine) {
  EXPECT_EQ(Table("limited to 2 columns", "| a | b |"), "1");
  EXPECT_EQ(Table("limited to 2 columns", "| a | b | c |"), "0");
  EXPECT_EQ(Table("presented in a single column", "| a | b |"), "0");
  EXPECT_EQ(Table("title must not exceed two words", "| a b c |\n|---|"), "0");
}

TEST(MuldimifTable, NoTablePassesWhereNoneIsAskedFor) {
  EXPECT_EQ(Table("The list must not exceed five rows", "text"), "1");
  EXPECT_EQ(Table("If a table is used, it must not exceed five rows", "text"), "1");
  EXPECT_EQ(Table("A table with at most five rows", "text"), "0");
  EXPECT_EQ(Table("a table in markdown", "a | b"), "0");
}

TEST(MuldimifTable, LooksForTheNamesOfColumns) {
  const std::string sentence = "include a table with columns: 'Word', 'Meaning'";
  EXPECT_EQ(Table(sentence, "| The Word | Meaning |"), "1");
  EXPECT_EQ(Table(sentence, "| Word |"), "0");
  EXPECT_EQ(Table("must include columns for \"Name,\" and \"Price\"", "| N | price in $ |"), "1");
  // The letters of "and" divide names too.
  EXPECT_EQ(Table("the columns should be land", "| l |"), "1");
}

TEST(MuldimifTable, LooksForWhatEachRowMustInclude) {
  EXPECT_EQ(Table("each row must include the price, size", "| a |\n| price size |"), "1");
  EXPECT_EQ(Table("each row must include the price, size", "| a |\n| price |"), "0");
  EXPECT_EQ(Table("each entry must include the film title and its release year", "| Film | Year |"),
            "1");
  EXPECT_EQ(Table("each series must include the title, author, and year of publication",
                  "| Title | Author |"),
            "0");
}

TEST(MuldimifMarkdown, TheReasonSaysWhatTheSentenceLacks) {
  EXPECT_EQ(ReasonOnSentence("muldimif:Format/Markdown", "at least some block quotes", "> a"),
            "The sentence does not say how many block quotes are required.");
}

}  // namespace
}  // namespace hir::muldimif
