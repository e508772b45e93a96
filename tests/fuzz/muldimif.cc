// Sentences made of the wordings that MulDimIF's rules look for, on any response.
#include <cstdlib>

#include "hir/checkers/core/score.h"
#include "hir/checkers/muldimif/kinds.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const hir::CheckerRegistry registry = [] {
    // Without the tables, the kinds for Chinese would be undecidable before they do anything.
    setenv("HIR_ZHCONV_DICT", HIR_DEPS_DIR "/text_data/zhcdict.json", /*overwrite=*/0);
    hir::CheckerRegistry filled;
    hir::muldimif::RegisterKinds(filled);
    return filled;
  }();
  static const auto listing = registry.List();
  static const char* const kWordings[] = {"at least ",
                                          "at most ",
                                          "exactly ",
                                          "between ",
                                          " and ",
                                          " to ",
                                          "three ",
                                          "7 ",
                                          "sentences",
                                          " paragraphs",
                                          " attributes",
                                          "each ",
                                          "table headers ",
                                          "entries ",
                                          "json keys ",
                                          "values ",
                                          "headings ",
                                          "bullet point ",
                                          "cell ",
                                          "must not ",
                                          "a period ",
                                          "end with ",
                                          "question marks ",
                                          "capitalized ",
                                          "all uppercase ",
                                          "lowercase ",
                                          "levels ",
                                          "of nesting ",
                                          "maximum of ",
                                          "Must include 'a' ",
                                          "in APA format ",
                                          "No lists ",
                                          "block quotes format",
                                          "rows ",
                                          "references ",
                                          "the keyword 'b' ",
                                          "or ",
                                          "every item ",
                                          "avoids ",
                                          "words ",
                                          "columns: 'a', ",
                                          "include columns for \"a\" ",
                                          "each row must include the a and its b ",
                                          "a single column ",
                                          "use heading level ",
                                          "should H2 ",
                                          "titled 'a' ",
                                          "bold ",
                                          "with headings ",
                                          "Simplified ",
                                          "use Traditional Chinese characters ",
                                          "If discussing a/b, the summary must include "};
  hir::FuzzInput input(data, size);
  const std::string kind = listing[input.Below(listing.size())].kind;
  std::string sentence;
  for (size_t words = input.Below(8); words > 0; --words) {
    sentence += kWordings[input.Below(std::size(kWordings))];
  }
  sentence += hir::python::EncodeUtf8(hir::python::DecodeUtf8(input.Text()));
  const auto checker = registry.Create(kind, {{"text", sentence}});
  if (!checker.ok()) return 0;
  const hir::ResponseText response(input.RestAsText());
  const hir::CheckResult result = hir::CheckText(**checker, response);
  hir::Expect(hir::CheckText(**checker, response) == result);
  return 0;
}
