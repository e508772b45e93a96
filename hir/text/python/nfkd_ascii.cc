#include "hir/text/python/nfkd_ascii.h"

#include <algorithm>
#include <iterator>

namespace hir::python {
namespace {

struct AsciiForm {
  char32_t code;
  const char* form;
};

#include "hir/text/python/nfkd_ascii.inc"

constexpr char32_t kAsciiEnd = 0x80;

}  // namespace

std::string NfkdAscii(std::u32string_view text) {
  std::string ascii;
  for (const char32_t c : text) {
    if (c < kAsciiEnd) {
      ascii += static_cast<char>(c);
      continue;
    }
    const auto* const found =
        std::lower_bound(std::begin(kAsciiForms), std::end(kAsciiForms), c,
                         [](const AsciiForm& form, char32_t code) { return form.code < code; });
    if (found != std::end(kAsciiForms) && found->code == c) ascii += found->form;
  }
  return ascii;
}

}  // namespace hir::python
