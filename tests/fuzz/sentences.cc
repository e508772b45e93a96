#include "hir/checkers/core/regex_sentences.h"
#include "hir/text/nltk/punkt.h"
#include "hir/text/nltk/sentence_tokens.h"
#include "hir/text/nltk/treebank.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

// The tokens of a sentence equal those of running all steps over it.
void ExpectTokensOfAllSteps(std::u32string_view sentence) {
  const std::u32string separated = hir::nltk::internal::TakeTokenizerSteps(sentence, {true, true});
  hir::Expect(hir::nltk::internal::SentenceTokens(sentence).tokens() ==
              hir::python::Split(separated));
}

}  // namespace

// Sentences are in order and within the text; the other splitter must terminate.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const hir::scan::ScanText text(hir::FuzzInput(data, size).RestAsText());
  size_t end = 0;
  for (const hir::scan::TextSpan span : hir::nltk::SentenceSpans(text)) {
    hir::Expect(end <= span.begin && !span.empty() && span.end() <= text.size());
    end = span.end();
    ExpectTokensOfAllSteps(hir::scan::CodePointsOf(text, span));
  }
  (void)hir::RegexSentences(text.code_points());
  return 0;
}
