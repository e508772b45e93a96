// Text as CPython 3.11 sees it: code points, their classes (Unicode 14.0) and str methods. The
// official checkers are Python, and newer Unicode data would change verdicts.
//
// Strings are code points (std::u32string); positions and lengths count them. All functions are
// pure and thread-safe, and take linear time.
#ifndef HIR_TEXT_PYTHON_UNICODE_H_
#define HIR_TEXT_PYTHON_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hir::python {

// A text, or a part of one.
using View = std::u32string_view;

// bytes.decode("utf-8", errors="replace"): each maximal malformed sequence becomes one U+FFFD.
std::u32string DecodeUtf8(std::string_view bytes);
// Encodes as UTF-8. A surrogate or a value above U+10FFFF becomes U+FFFD.
std::string EncodeUtf8(std::u32string_view text);

// The class of a character for patterns and str.split(). Every decimal digit is also a word
// character.
enum class CharClass : uint8_t { kOther, kSpace, kWord, kDecimal };
CharClass ClassOf(char32_t c);  // A single table look-up for nearly all characters in use.

bool IsSpace(char32_t c);      // str.isspace and re's \s: 29 code points.
bool IsWord(char32_t c);       // re's \w: categories L*, N* and the underscore; marks are not.
bool IsDecimal(char32_t c);    // re's \d and str.isdecimal: category Nd.
int DecimalValue(char32_t c);  // 0 to 9. REQUIRES: IsDecimal(c).
bool IsDigit(char32_t c);      // str.isdigit: IsDecimal, superscripts, circled digits ...
bool IsAlpha(char32_t c);      // str.isalpha: categories L*.
bool IsUpper(char32_t c);
bool IsLower(char32_t c);
bool IsTitle(char32_t c);      // Category Lt.
bool IsPrintable(char32_t c);  // str.isprintable: what repr() prints unescaped.

// The least code point that `re` matches with `c` under IGNORECASE.
char32_t FoldCase(char32_t c);
std::u32string FoldCase(std::u32string_view text);

// A range of code points.
struct CodePointRange {
  char32_t first;
  char32_t last;  // Inclusive.
};

// Appends ranges, in any order, that consist of FoldCase(c) for every `c` in `range`. The time
// depends on the size of the case tables, not on that of the range.
void AppendFolded(const CodePointRange& range, std::vector<CodePointRange>& folded);

std::u32string ToLower(std::u32string_view text);  // Full mappings; final sigma by context.
std::u32string ToUpper(std::u32string_view text);
// str.isupper and str.islower: at least one cased character, and none of the other case.
bool IsUpper(std::u32string_view text);
bool IsLower(std::u32string_view text);

// str.strip(): without white space at the ends.
std::u32string_view Strip(std::u32string_view text);
// str.strip(set): without characters of `set` at the ends.
std::u32string_view Strip(std::u32string_view text, std::u32string_view set);
std::u32string_view StripLeft(std::u32string_view text, std::u32string_view set);
std::u32string_view StripRight(std::u32string_view text, std::u32string_view set);

// str.split(): pieces between runs of white space; none is empty.
std::vector<std::u32string_view> Split(std::u32string_view text);
// str.split(separator): one piece more than there are separators. REQUIRES: not empty.
std::vector<std::u32string_view> Split(std::u32string_view text, std::u32string_view separator);

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_UNICODE_H_
