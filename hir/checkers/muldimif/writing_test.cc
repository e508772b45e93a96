// The quirks of MulDimIF's rules on case and punctuation, each by name.
#include <string>

#include "gtest/gtest.h"
#include "hir/checkers/muldimif/sentence_testing.h"

namespace hir::muldimif {
namespace {

std::string English(const std::string& sentence, const std::string& text) {
  return OnSentence("muldimif:Language/English", sentence, text);
}

std::string Ends(const std::string& sentence, const std::string& text) {
  return OnSentence("muldimif:Content/Punctuation", sentence, text);
}

TEST(MuldimifEnglish, TellsTheCaseByTheWording) {
  EXPECT_EQ(English("The answer must be in all uppercase letters.", "TEST 123 É"), "1");
  EXPECT_EQ(English("The answer must be in all uppercase letters.", "TESt"), "0");
  EXPECT_EQ(English("The text must be in capitalized form.", "Hello World"), "0");
  EXPECT_EQ(English("The answer must use capitalized letters for each word.", "Hello World"), "1");
  EXPECT_EQ(English("All lowercase", "all small, 1"), "1");
  EXPECT_EQ(English("Be nice.", "x"), "0");
  EXPECT_EQ(English("Response must be written as a short blurb.", "x"), "1");
}

TEST(MuldimifEnglish, OnlyPlainSmallLettersAreNotCapitalized) {
  EXPECT_EQ(English("Capitalized", "Hello éclair 1st \"quoted\""), "1");
  EXPECT_EQ(English("Capitalized", "Hello world"), "0");
}

TEST(MuldimifEnglish, ABlankTextFails) {
  EXPECT_EQ(English("All Uppercase", ""), "0");
  EXPECT_EQ(English("All lowercase", " \n"), "0");
}

TEST(MuldimifEnglish, LooksAtTheNamedPartAlone) {
  const std::string header = "The table headers must use all uppercase letters";
  EXPECT_EQ(English(header, "| HELLO | WORLD |\n|---|---|\n| a | b |"), "1");
  EXPECT_EQ(English("The table entries must be in all uppercase letters", "| a |\n| B |"), "1");
  EXPECT_EQ(English("The JSON keys must be in all uppercase letters", R"({"KEY": "value"})"), "1");
  EXPECT_EQ(English("The JSON values must be in all uppercase letters", R"({"KEY": "value"})"),
            "0");
  EXPECT_EQ(English("Headings must be in all uppercase letters", "# TITLE\nsmall"), "1");
  EXPECT_EQ(English(header, "no bar, so the text itself"), "0");
}

TEST(MuldimifPunctuation, LooksAtTheLastCharacterOfTheText) {
  EXPECT_EQ(Ends("The answer must end with a period", "  hi? Hi.  "), "1");
  EXPECT_EQ(Ends("The answer must end with a period", "Hi"), "0");
  EXPECT_EQ(Ends("Ending punctuation must be a period or a question mark", "Why?"), "1");
  EXPECT_EQ(Ends("Names must not end with punctuation marks", "Anna,"), "0");
  EXPECT_EQ(Ends("Avoid using semicolons", "Here; there"), "1");
}

TEST(MuldimifPunctuation, ABlankTextPassesOnlyWhatIsForbidden) {
  EXPECT_EQ(Ends("The answer must end with a period", ""), "0");
  EXPECT_EQ(Ends("Names must not end with punctuation marks", ""), "1");
}

TEST(MuldimifPunctuation, LooksAtEachSentenceParagraphCellOrBullet) {
  EXPECT_EQ(Ends("Each sentence ends with a period", "Yes. Right? Okay."), "0");
  EXPECT_EQ(Ends("Each paragraph must end with a period.", "One. Two\nThree."), "0");
  EXPECT_EQ(Ends("Each cell must end with a period", "| Date. | Place. |"), "1");
  EXPECT_EQ(Ends("Each cell must end with a period", "| Head |\n|---|\n| Place |"), "0");
  EXPECT_EQ(Ends("Each bullet point ends with a period", "- One.\n- Two!"), "0");
  EXPECT_EQ(Ends("Each bullet point ends with a period", "no bullet"), "1");
}

TEST(MuldimifPunctuation, TakesWhatFollowsTheMark) {
  const std::string sentence = "Ending punctuation must be a period followed by a `~`";
  EXPECT_EQ(Ends(sentence, "End.~"), "1");
  EXPECT_EQ(Ends(sentence, "End~"), "0");
}

TEST(MuldimifPunctuation, ALongSOrADotlessIIsReadButNamesNoMark) {
  EXPECT_EQ(Ends("It must end with a ſemicolon followed by a `~`", "End~"), "1");
  EXPECT_EQ(Ends("It must end with a perıod followed by a `~`", "End~"), "1");
  EXPECT_EQ(Ends("It must end with a perıod followed by a `~`", "End."), "0");
  EXPECT_EQ(Ends("Do not uſe a period", "End."), "0");
  EXPECT_EQ(Ends("Avoıd a period", "End"), "1");
}

}  // namespace
}  // namespace hir::muldimif
