// IFTrain: brackets, hyphens, paragraphs and forbidden marks.
#include <algorithm>
#include <string>
#include <vector>

#include "hir/checkers/core/checker_builder.h"
#include "hir/checkers/core/paragraphs.h"
#include "hir/checkers/core/regex_sentences.h"
#include "hir/text/python/unicode.h"

namespace hir::iftrain {
namespace {

using python::Split;
using python::Strip;
using python::View;
using scan::Needle;

CheckResult EveryWordIsInSquareBrackets(const ResponseText& response) {
  const std::vector<View> words = Split(response.text());
  return PassIf(std::all_of(words.begin(), words.end(), [](View word) {
    return word.starts_with(U'[') && word.ends_with(U']');
  }));
}

// A last word without a partner is not checked.
CheckResult EveryPairIsInAngularBrackets(const ResponseText& response) {
  const std::vector<View> words = Split(response.text());
  for (size_t i = 0; i + 1 < words.size(); i += 2) {
    if (!words[i].starts_with(U"<<") || !words[i + 1].ends_with(U">>")) return PassIf(false);
  }
  return PassIf(true);
}

// Compares the pieces between hyphens with the sentences of the text with spaces for hyphens, up to
// the end of the shorter list. A hyphen inside a word makes a piece that is not a sentence.
CheckResult SentencesAreHyphenated(const ResponseText& response) {
  const auto size = static_cast<int64_t>(response.text().size());
  if (!response.budget().Charge(size * kRegexSentenceWork)) {
    return Undecidable(kWorkBudgetExhausted);
  }
  std::u32string spaced = response.text();
  std::replace(spaced.begin(), spaced.end(), U'-', U' ');
  const std::vector<std::u32string> sentences = RegexSentences(spaced);
  const std::vector<View> pieces = Split(response.text(), U"-");
  for (size_t i = 0; i < std::min(pieces.size(), sentences.size()); ++i) {
    if (Strip(pieces[i]) != pieces[i] || pieces[i] != sentences[i]) return PassIf(false);
  }
  return PassIf(true);
}

CheckResult HasTwoDividedParagraphs(const ResponseText& response) {
  return PassIf(AreParagraphs(response.scan(), SplitAtDividers(response.scan()), 2));
}

CheckResult HasTwoSpacedParagraphs(const ResponseText& response) {
  static const auto* const blank_line = new Needle(U"\n\n");
  return PassIf(AreParagraphs(response.scan(), SplitAt(response.scan(), *blank_line), 2));
}

template <char32_t kMark>
CheckResult HasNo(const ResponseText& response) {
  return PassIf(response.text().find(kMark) == View::npos);
}

}  // namespace

void RegisterFormat(CheckerRegistry& registry) {
  RegisterPlain(registry, "detectable_format:square_brackets", EveryWordIsInSquareBrackets);
  RegisterPlain(registry, "detectable_format:bigram_wrapping", EveryPairIsInAngularBrackets);
  RegisterPlain(registry, "detectable_format:sentence_hyphens", SentencesAreHyphenated);
  RegisterPlain(registry, "paragraphs:paragraphs", HasTwoDividedParagraphs);
  RegisterPlain(registry, "paragraphs:paragraphs2", HasTwoSpacedParagraphs);
  RegisterPlain(registry, "punctuation:punctuation_dot", HasNo<U'.'>);
  RegisterPlain(registry, "punctuation:punctuation_exclamation", HasNo<U'!'>);
}

}  // namespace hir::iftrain
