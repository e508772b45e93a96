// The character classes of unicode.h with a branch for ASCII that needs no table search, for loops
// over every character of a response.
#ifndef HIR_TEXT_SCAN_CHAR_CLASS_H_
#define HIR_TEXT_SCAN_CHAR_CLASS_H_

#include <cstdint>

#include "hir/text/python/unicode.h"
#include "hir/text/scan/byte_blocks.h"

namespace hir::scan {

inline constexpr char32_t kAsciiEnd = 0x80;

inline bool IsAsciiLetter(char32_t c) { return (c | 0x20) >= U'a' && (c | 0x20) <= U'z'; }
inline bool IsAsciiDigit(char32_t c) { return c >= U'0' && c <= U'9'; }

// Python's string.whitespace: the ASCII white space without the separators 1C to 1F.
inline bool IsAsciiSpace(char32_t c) { return c == U' ' || (c >= U'\t' && c <= U'\r'); }

inline bool FastIsSpace(char32_t c) {
  if (c < kAsciiEnd) return IsAsciiSpace(c) || (c >= 0x1C && c <= 0x1F);
  return python::IsSpace(c);
}

inline bool FastIsDecimal(char32_t c) {
  return c < kAsciiEnd ? IsAsciiDigit(c) : python::IsDecimal(c);
}

inline bool FastIsWord(char32_t c) {
  if (c < kAsciiEnd) return IsAsciiLetter(c) || IsAsciiDigit(c) || c == U'_';
  return python::IsWord(c);
}

// FastIsWord() for one byte of a ScanText.
inline bool IsWordChar(char byte) {
  const auto c = static_cast<uint8_t>(byte);
  return c < kAsciiEnd ? FastIsWord(c) : c >= kWordByte;
}

inline bool IsSpaceChar(char byte) {
  const auto c = static_cast<uint8_t>(byte);
  return c < kAsciiEnd ? FastIsSpace(c) : c == kSpaceByte;
}

inline bool FastIsUpper(char32_t c) {
  return c < kAsciiEnd ? c >= U'A' && c <= U'Z' : python::IsUpper(c);
}

inline bool FastIsLower(char32_t c) {
  return c < kAsciiEnd ? c >= U'a' && c <= U'z' : python::IsLower(c);
}

}  // namespace hir::scan

#endif  // HIR_TEXT_SCAN_CHAR_CLASS_H_
