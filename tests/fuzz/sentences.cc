#include "hir/text/punkt.h"
#include "hir/text/regex_sentences.h"
#include "hir/text/word_tokenize.h"
#include "tests/fuzz/fuzz_input.h"

// Sentences are in order and inside the text; the other splitters must come to an end.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::u32string text = hir::FuzzInput(data, size).RestAsText();
  size_t end = 0;
  for (const hir::SentenceSpan& span : hir::SentenceSpans(text)) {
    hir::Expect(end <= span.begin && span.begin < span.end && span.end <= text.size());
    end = span.end;
  }
  (void)hir::RegexSentences(text);
  (void)hir::SeparatedWords(text);
  return 0;
}
