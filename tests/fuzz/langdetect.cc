#include "hir/text/langdetect/detect.h"
#include "tests/fuzz/fuzz_input.h"

// Probabilities are in order and add up to no more than one.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto languages =
      hir::langdetect::LanguageProbabilities(hir::FuzzInput(data, size).RestAsText());
  if (!languages.ok()) return 0;
  double before = 1, sum = 0;
  for (const hir::langdetect::LanguageProbability& language : *languages) {
    hir::Expect(language.probability > 0.1 && language.probability <= before);
    before = language.probability;
    sum += before;
  }
  hir::Expect(sum < 1 + 1e-9);
  return 0;
}
