#include "hir/text/punkt.h"
#include "hir/text/regex_sentences.h"
#include "hir/text/sentence_tokens.h"
#include "hir/text/treebank.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

// The tokens of a sentence are those of all steps over it, whatever is left out of them.
void ExpectTokensOfAllSteps(std::u32string_view sentence) {
  const std::u32string separated = hir::internal::TakeTokenizerSteps(sentence, {true, true});
  hir::Expect(hir::internal::SentenceTokens(sentence).tokens() == hir::Split(separated));
}

}  // namespace

// Sentences are in order and inside the text; the other splitter must come to an end.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const hir::ScanText text(hir::FuzzInput(data, size).RestAsText());
  size_t end = 0;
  for (const hir::TextSpan span : hir::SentenceSpans(text)) {
    hir::Expect(end <= span.begin && !span.empty() && span.end() <= text.size());
    end = span.end();
    ExpectTokensOfAllSteps(hir::CodePointsOf(text, span));
  }
  (void)hir::RegexSentences(text.code_points());
  return 0;
}
