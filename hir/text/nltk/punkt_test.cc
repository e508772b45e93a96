#include "hir/text/nltk/punkt.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/testing/text_fixtures.h"
#include "hir/text/nltk/punkt_words.h"
#include "hir/text/python/unicode.h"

namespace hir::nltk {
namespace {

using python::EncodeUtf8;
using scan::ScanText;
using scan::TextSpan;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> SentencesOf(std::string_view text) {
  const ScanText decoded = ScanText::FromUtf8(text);
  std::vector<std::string> sentences;
  for (std::u32string_view sentence : Sentences(decoded)) sentences.push_back(EncodeUtf8(sentence));
  return sentences;
}

std::vector<std::string> PunktWords(std::u32string_view text) {
  internal::PunktWordScanner scanner(text);
  std::vector<std::string> words;
  for (std::u32string_view word; scanner.Next(&word);) words.push_back(EncodeUtf8(word));
  return words;
}

TEST(SentenceSpans, EqualNltkOnEveryGoldenCase) {
  const std::vector<nlohmann::json> cases = TextFixtures("sentences.jsonl");
  ASSERT_GE(cases.size(), 400);
  for (const nlohmann::json& each : cases) {
    nlohmann::json spans = nlohmann::json::array();
    for (const TextSpan span : SentenceSpans(ScanText::FromUtf8(each["text"].get<std::string>()))) {
      spans.push_back({span.begin, span.end()});
    }
    EXPECT_EQ(spans, each["spans"]) << each["text"];
  }
}

TEST(SentenceSpans, AreNoneForBlankText) {
  EXPECT_THAT(SentenceSpans(ScanText(U"")), IsEmpty());
  EXPECT_THAT(SentenceSpans(ScanText(U" \n\t\u3000")), IsEmpty());
}

TEST(SentenceSpans, CountCodePoints) {
  EXPECT_THAT(SentenceSpans(ScanText(U"\u00C9t\u00E9. \U0001F600 Oui.")),
              ElementsAre(TextSpan{0, 4}, TextSpan{5, 6}));
}

TEST(SentenceSpans, TakeNulAndBrokenUtf8AsOrdinaryCharacters) {
  EXPECT_THAT(SentencesOf(std::string("A\0b. C", 6)), ElementsAre(std::string("A\0b.", 4), "C"));
  EXPECT_THAT(SentencesOf("A\xFF. \xC3("), ElementsAre("A\xEF\xBF\xBD.", "\xEF\xBF\xBD("));
}

TEST(SentenceSpans, KeepLeadingWhiteSpaceAndDropTrailing) {
  EXPECT_THAT(SentencesOf("  One. Two.  \n"), ElementsAre("  One.", "Two."));
}

TEST(SentenceSpans, DoNotEndAtLineEnds) {
  EXPECT_THAT(SentencesOf("# Title\n- item\nEnd. Next"),
              ElementsAre("# Title\n- item\nEnd.", "Next"));
}

TEST(SentenceSpans, DoNotEndWithoutWhiteSpaceAfterTheMark) {
  EXPECT_THAT(SentencesOf("It ends.Next one?Yes"), ElementsAre("It ends.Next one?Yes"));
}

TEST(SentenceSpans, DoNotEndAtAbbreviationsInitialsAndOrdinals) {
  EXPECT_THAT(SentencesOf("Mr. Smith met J. S. Bach in the U.S. yesterday."),
              ElementsAre("Mr. Smith met J. S. Bach in the U.S. yesterday."));
  EXPECT_THAT(SentencesOf("Rule 3. applies here. Rule 4 too."),
              ElementsAre("Rule 3. applies here.", "Rule 4 too."));
}

TEST(SentenceSpans, EndAtAnAbbreviationBeforeASentenceStarter) {
  EXPECT_THAT(SentencesOf("He left the U.S. The trip was long."),
              ElementsAre("He left the U.S.", "The trip was long."));
}

TEST(SentenceSpans, TakeClosingMarksIntoTheSentenceBefore) {
  EXPECT_THAT(SentencesOf("(It rained.) We left. \"Come!\" Yes."),
              ElementsAre("(It rained.)", "We left.", "\"Come!\"", "Yes."));
}

TEST(SentenceSpans, OverlookWhiteSpaceAtTheStartOfTheText) {
  EXPECT_EQ(SentenceSpans(ScanText(U" Mr. Smith. He")).size(), 2);
}

TEST(SentenceSpans, TakeLinearTimeOnHostileText) {
  for (const std::u32string& text : HostileTexts()) {
    EXPECT_LE(SentenceSpans(ScanText(text)).size(), text.size());
  }
}

TEST(SentenceSpans, AreOrderedDisjointAndNotEmpty) {
  for (const nlohmann::json& each : TextFixtures("sentences.jsonl")) {
    const ScanText text = ScanText::FromUtf8(each["text"].get<std::string>());
    size_t end = 0;
    for (const TextSpan span : SentenceSpans(text)) {
      EXPECT_GE(span.begin, end);
      EXPECT_FALSE(span.empty());
      end = span.end();
    }
    EXPECT_LE(end, text.size());
  }
}

TEST(PunktWordScanner, KeepsPeriodsAndInnerCommasInWords) {
  EXPECT_THAT(PunktWords(U"U.S. paid 3,000, then"),
              ElementsAre("U.S.", "paid", "3,000", ",", "then"));
}

TEST(PunktWordScanner, TakesSpacedPeriodsAsOneToken) {
  EXPECT_THAT(PunktWords(U"so . . . on"), ElementsAre("so", ". . .", "on"));
  EXPECT_THAT(PunktWords(U". . . . x"), ElementsAre(". . . .", "x"));
  EXPECT_THAT(PunktWords(U". . x"), ElementsAre(".", ".", "x"));
  EXPECT_THAT(PunktWords(U".\n. . x"), ElementsAre(".", ".", ".", "x"));
}

TEST(PunktWordScanner, EndsWordsBeforeRunsOfDashesAndPeriods) {
  EXPECT_THAT(PunktWords(U"well--known... a-b"), ElementsAre("well", "--", "known", "...", "a-b"));
}

}  // namespace
}  // namespace hir::nltk
