// A set of ASCII characters, for tests of every character of a text.
#ifndef HIR_TEXT_SCAN_ASCII_SET_H_
#define HIR_TEXT_SCAN_ASCII_SET_H_

#include <cstdint>
#include <string_view>

#include "hir/text/scan/char_class.h"

namespace hir::scan {

// Immutable; all operations take constant time.
class AsciiSet {
 public:
  // The ASCII characters in `text`, which may also have others.
  constexpr explicit AsciiSet(std::u32string_view text) {
    for (const char32_t c : text) bits_[c < kAsciiEnd ? c / 64 : 2] |= uint64_t{1} << c % 64;
  }

  constexpr bool Has(char32_t c) const {
    return c < kAsciiEnd && (bits_[c / 64] >> c % 64 & 1) != 0;
  }
  constexpr bool HasAnyOf(const AsciiSet& other) const {
    return ((bits_[0] & other.bits_[0]) | (bits_[1] & other.bits_[1])) != 0;
  }
  // Whether the text also had characters beyond ASCII.
  constexpr bool had_others() const { return bits_[2] != 0; }

 private:
  uint64_t bits_[3] = {};
};

}  // namespace hir::scan

#endif  // HIR_TEXT_SCAN_ASCII_SET_H_
