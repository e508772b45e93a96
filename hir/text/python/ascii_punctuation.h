// Python's string.punctuation, which the checkers delete from texts or strip from words.
#ifndef HIR_TEXT_PYTHON_ASCII_PUNCTUATION_H_
#define HIR_TEXT_PYTHON_ASCII_PUNCTUATION_H_

#include <array>
#include <string>
#include <string_view>

namespace hir::python {

// The 32 ASCII marks in Python's order, without curly quotes, dashes and ellipses.
inline constexpr std::u32string_view kPunctuation = U"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
inline bool IsPunctuation(char32_t c) {
  static constexpr auto kIsMark = [] {
    std::array<bool, 0x80> marks = {};
    for (const char32_t mark : kPunctuation) marks[mark] = true;
    return marks;
  }();
  return c < kIsMark.size() && kIsMark[c];
}

// text.lstrip(string.punctuation + " "), and likewise .rstrip() and .strip(), which checkers apply
// to words.
inline std::u32string_view StripMarksLeft(std::u32string_view text) {
  while (!text.empty() && (text[0] == U' ' || IsPunctuation(text[0]))) text.remove_prefix(1);
  return text;
}
inline std::u32string_view StripMarksRight(std::u32string_view text) {
  while (!text.empty() && (text.back() == U' ' || IsPunctuation(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}
inline std::u32string_view StripMarks(std::u32string_view text) {
  return StripMarksRight(StripMarksLeft(text));
}

// text.translate(str.maketrans("", "", string.punctuation))
inline std::u32string WithoutPunctuation(std::u32string_view text) {
  std::u32string kept(text.size(), U'\0');
  size_t length = 0;
  for (const char32_t c : text) {
    kept[length] = c;
    length += IsPunctuation(c) ? 0 : 1;
  }
  kept.resize(length);
  return kept;
}

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_ASCII_PUNCTUATION_H_
