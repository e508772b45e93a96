// The quirks of MulDimIF's rules on identifiers, citations, attributes and lists, each by name.
#include <string>

#include "gtest/gtest.h"
#include "hir/checkers/muldimif/sentence_testing.h"

namespace hir::muldimif {
namespace {

std::string Content(const std::string& sentence, const std::string& text) {
  return OnSentence("muldimif:Content/Identifiers", sentence, text);
}

std::string Format(const std::string& sentence, const std::string& text) {
  return OnSentence("muldimif:Format/Text", sentence, text);
}

TEST(MuldimifContentOthers, ReadsTheIdentifierToStartWith) {
  const std::string sentence = "Start identifier: 'List of Models:'";
  EXPECT_EQ(Content(sentence, "## LIST of models: a"), "1");
  EXPECT_EQ(Content(sentence, "Models"), "0");
  EXPECT_EQ(Content("begin with the identifier 'Here:'", "here: x"), "1");
}

TEST(MuldimifContentOthers, IsUndecidableWithoutTheIdentifier) {
  EXPECT_EQ(Content("Each example must start with a word", "x"), "r");
}

TEST(MuldimifContentOthers, KnowsSomeSentencesAsAWhole) {
  EXPECT_EQ(Content("Keep it a paragraph long", "a\nb"), "0");
  EXPECT_EQ(Content("It must include in-text citations", "So (Smith, 2020) says."), "1");
  EXPECT_EQ(Content("Must provide sources that are cited", "Cite [1]. Sources: [1] ref"), "1");
  EXPECT_EQ(Content("Must include quotes from the sources", "it's"), "1");
  EXPECT_EQ(Content("The response must be short and simple", std::string(201, 'a')), "0");
  EXPECT_EQ(Content("Be good.", "x"), "0");
}

TEST(MuldimifContentOthers, CountsNeighbouringEmojiOnce) {
  const std::string sentence = "Each sentence must include at least three emojis.";
  EXPECT_EQ(Content(sentence, "\U0001F600 a \U0001F600 b \U0001F600."), "1");
  EXPECT_EQ(Content(sentence, "\U0001F600\U0001F600\U0001F600."), "0");
}

TEST(MuldimifContentOthers, ReadsWhatMustBeMentioned) {
  const std::string sentence = "Must mention old trains and the famous model";
  EXPECT_EQ(Content(sentence, "old trains and the famous model"), "1");
  EXPECT_EQ(Content(sentence, "old trains and a famous model"), "0");
}

TEST(MuldimifFormatOthers, CountsTheAttributesOfEveryElement) {
  EXPECT_EQ(Format("no more than three attributes", "<a x='1' y='2'/>"), "1");
  EXPECT_EQ(Format("exactly 2", "<a x='1'/>"), "0");
  EXPECT_EQ(Format("must have exactly 2 attributes", "<a x='1' y='2'/><b x='1'/>"), "0");
  EXPECT_EQ(Format("at least 5 attributes", "no element"), "1");
  EXPECT_EQ(Format("at least 1 attribute", "```xml\n<a x='1'>"), "0");
}

TEST(MuldimifFormatOthers, KnowsListsQuotesAndReferences) {
  EXPECT_EQ(Format("No bullet points", "* a"), "0");
  EXPECT_EQ(Format("No lists", "1. a"), "0");
  EXPECT_EQ(Format("The quotes must be in block quotes format", "> a"), "1");
  EXPECT_EQ(Format("Must be in APA format", "( Smith, 2020 )"), "1");
  EXPECT_EQ(Format("The answer must include at least two references", "[1] (Smith, 2020)"), "1");
  EXPECT_EQ(Format("a table with no more than 1 rows", "| a |\n|---|\n| b |"), "0");
  EXPECT_EQ(Format("Response must be written at medium length", std::string(200, 'a')), "0");
}

TEST(MuldimifFormatOthers, APhraseThatIsANumberWordRaises) {
  EXPECT_EQ(Format("Must include 'key'", "The KEY is"), "1");
  EXPECT_EQ(Format("Must include 'key'", "keyword"), "0");
  EXPECT_EQ(Format("Must include '5'", "5 is"), "1");
  EXPECT_EQ(Format("Must include 'two'", "two"), "r");
}

}  // namespace
}  // namespace hir::muldimif
