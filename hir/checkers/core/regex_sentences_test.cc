#include "hir/checkers/core/regex_sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hir/testing/text_fixtures.h"
#include "hir/text/python/unicode.h"

namespace hir {
namespace {

using python::DecodeUtf8;
using python::EncodeUtf8;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Of(std::string_view text) {
  std::vector<std::string> sentences;
  for (const std::u32string& sentence : RegexSentences(DecodeUtf8(text))) {
    sentences.push_back(EncodeUtf8(sentence));
  }
  return sentences;
}

TEST(RegexSentences, EndAtPeriodsQuestionAndExclamationMarks) {
  EXPECT_THAT(Of("One. Two? Three! four"), ElementsAre("One.", "Two?", "Three!", "four"));
  EXPECT_THAT(Of("end.Next"), ElementsAre("end.", "Next"));
  EXPECT_THAT(Of("Heading\nand text."), ElementsAre("Heading and text."));
  EXPECT_THAT(Of(" \n"), IsEmpty());
}

TEST(RegexSentences, TitlesDomainsNumbersAndLoneLettersEndNone) {
  EXPECT_THAT(Of("Mr. Fox met Mrs. Hen."), ElementsAre("Mr. Fox met Mrs. Hen."));
  EXPECT_THAT(Of("See a.com or b.org."), ElementsAre("See a.com or b.org."));
  EXPECT_THAT(Of("Pi is 3.14."), ElementsAre("Pi is 3.14."));
  EXPECT_THAT(Of("J. Doe, Ph.D. wrote e.g. this."), ElementsAre("J. Doe, Ph.D. wrote e.g. this."));
  EXPECT_THAT(Of("Foo Inc. grew."), ElementsAre("Foo Inc. grew."));
}

TEST(RegexSentences, AnAcronymOrASuffixEndsOneBeforeAStarter) {
  EXPECT_THAT(Of("In the U.S. He slept."), ElementsAre("In the U.S.", "He slept."));
  EXPECT_THAT(Of("In the U.S. Heat."), ElementsAre("In the U.S. Heat."));
  // The period goes with the mark, so it is lost.
  EXPECT_THAT(Of("By Foo Inc. This grew."), ElementsAre("By Foo Inc", "This grew."));
}

TEST(RegexSentences, ARunOfPeriodsEndsOneAndKeepsItsLength) {
  EXPECT_THAT(Of("Well... yes."), ElementsAre("Well...", "yes."));
}

TEST(RegexSentences, AQuotationMarkIsMovedBeforeTheMarkThatEnds) {
  EXPECT_THAT(Of("He said \"no.\" Then left."), ElementsAre("He said \"no\".", "Then left."));
  EXPECT_THAT(Of("\u201cNo.\u201d Yes"), ElementsAre("\u201cNo\u201d.", "Yes"));
}

TEST(RegexSentences, EmptyPiecesInTheMiddleStay) {
  EXPECT_THAT(Of("What?! No"), ElementsAre("What?", "!", "No"));
  EXPECT_THAT(Of("a.. . b"), ElementsAre("a..", ".", "b"));
  EXPECT_THAT(Of("a<stop><stop>b"), ElementsAre("a", "", "b"));
}

TEST(RegexSentences, MarksOfTheTextItselfAct) {
  EXPECT_THAT(Of("a<stop>b<prd>c"), ElementsAre("a", "b.c"));
}

TEST(RegexSentences, HostileTextsTakeLinearTime) {
  for (const std::u32string& text : HostileTexts()) RegexSentences(text);
}

}  // namespace
}  // namespace hir
