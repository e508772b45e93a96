// The quirks of MulDimIF's rules on lengths and depths, each by name.
#include <string>

#include "gtest/gtest.h"
#include "hir/constraints/check_testing.h"

namespace hir {
namespace {

std::string Check(const std::string& levels, const std::string& sentence, const std::string& text) {
  return Strictly("muldimif:" + levels, nlohmann::json{{"text", sentence}}.dump(), text);
}

std::string Sentences(const std::string& sentence, const std::string& text) {
  return Check("Length/Sentences", sentence, text);
}

TEST(MuldimifSentences, AreCountedByTheirMarks) {
  EXPECT_EQ(Sentences("At least 3 sentences", "One. Two. Three."), "1");
  EXPECT_EQ(Sentences("At least 3 sentences", "What?! 3.5"), "1");
  EXPECT_EQ(Sentences("At most 2 sentences", "One. Two. Three."), "0");
  EXPECT_EQ(Sentences("At most 2 sentences", "no mark at all"), "1");
}

TEST(MuldimifSentences, ReadNumbersInWordsAndRanges) {
  EXPECT_EQ(Sentences("It must be between five and ten sentences.", "S. S. S. S. S. S."), "1");
  EXPECT_EQ(Sentences("Range: 2-3 sentences", "S. S. S. S."), "0");
  EXPECT_EQ(Sentences("The answer must be a single sentence.", "Hi. Hello."), "0");
  EXPECT_EQ(Sentences("描述应由3到5个句子组成", "S. S. S. S."), "1");
  EXPECT_EQ(Sentences("至多包含三句话", "S. S. S. S."), "0");
}

TEST(MuldimifSentences, UnknownWordingIsMetByEverything) {
  EXPECT_EQ(Sentences("Write little.", "S. S."), "1");
  EXPECT_EQ(Sentences("Write little.", ""), "1");
}

TEST(MuldimifParagraphs, AreDividedByBlankLines) {
  const std::string kind = "Length/Paragraphs";
  EXPECT_EQ(Check(kind, "At least two paragraphs", "a\n\n \n\nb"), "1");
  EXPECT_EQ(Check(kind, "At least two paragraphs", "a\n \nb"), "0");
  EXPECT_EQ(Check(kind, "a minimum of three distinct paragraphs", "a\n\nb"), "0");
  EXPECT_EQ(Check(kind, "range: 1-2", "a\n\nb"), "1");
  EXPECT_EQ(Check(kind, "最多分为2个段落", "a\n\nb\n\nc"), "0");
}

TEST(MuldimifParagraphs, UnknownWordingIsMetByNothing) {
  EXPECT_EQ(Check("Length/Paragraphs", "Write little.", "a"), "0");
}

TEST(MuldimifJson, CountsNestingOfWhatIsNotEmpty) {
  const std::string kind = "Json/Object nesting levels";
  EXPECT_EQ(Check(kind, "exactly two levels of nesting", R"({"a": {"b": 1}})"), "1");
  EXPECT_EQ(Check(kind, "exactly two levels of nesting", R"({"a": {"b": {}}})"), "1");
  EXPECT_EQ(Check(kind, "exactly two levels of nesting", R"({"a": 1})"), "0");
  EXPECT_EQ(Check(kind, "no more than 2 levels", "Here:\n```json\n[[NaN]]\n```"), "1");
  EXPECT_EQ(Check(kind, "no more than 2 levels", R"({"a": [[[1]]], "a": 1})"), "1");
  EXPECT_EQ(Check(kind, "no more than 2 levels", "not json"), "0");
  EXPECT_EQ(Check(kind, "no more than 2 levels", "null"), "0");
  EXPECT_EQ(Check(kind, "deep", "{}"), "0");
}

TEST(MuldimifJson, TakesTheStrictestOfAllNumbers) {
  const std::string both = "a maximum of three nesting levels and at least two";
  EXPECT_EQ(Check("Format/Json", both, "[[1]]"), "1");
  EXPECT_EQ(Check("Format/Json", both, "[1]"), "0");
  EXPECT_EQ(Check("Format/Json", both, "[[[[1]]]]"), "0");
}

TEST(MuldimifJson, IsUndecidableWherePythonsRecursionEnds) {
  EXPECT_EQ(Check("Format/Json", "at least 2 levels deep",
                  std::string(2000, '[') + std::string(2000, ']')),
            "r");
}

}  // namespace
}  // namespace hir
