// Reduces text to ASCII.
#ifndef HIR_TEXT_PYTHON_NFKD_ASCII_H_
#define HIR_TEXT_PYTHON_NFKD_ASCII_H_

#include <string>
#include <string_view>

namespace hir::python {

// unicodedata.normalize("NFKD", text).encode("ascii", "ignore"): accents are dropped, ligatures and
// wide forms become letters, everything else is dropped. Linear time; thread-safe.
std::string NfkdAscii(std::u32string_view text);

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_NFKD_ASCII_H_
