#include "hir/text/nltk/punkt_words.h"

#include "hir/text/scan/char_class.h"

namespace hir::nltk::internal {
namespace {

using scan::AsciiSet;
using scan::FastIsSpace;

// A mark that cannot start a word and is then a token by itself.
bool CannotStartWord(char32_t c) {
  static constexpr AsciiSet kMarks(U"(\"`{[:;&#*@)}]-,");
  return kMarks.Has(c);
}

}  // namespace

bool PunktWordScanner::Next(std::u32string_view* token) {
  while (at_ < text_.size() && FastIsSpace(text_[at_])) ++at_;
  if (at_ == text_.size()) return false;
  size_t length = RunLength(at_);
  if (length == 0) length = CannotStartWord(text_[at_]) ? 1 : WordEnd(at_ + 1) - at_;
  *token = text_.substr(at_, length);
  at_ += length;
  return true;
}

// White space that may separate spaced periods: anything but a line feed.
bool PunktWordScanner::IsGap(size_t at) const {
  return at < text_.size() && text_[at] != U'\n' && FastIsSpace(text_[at]);
}

bool PunktWordScanner::StartsRun(size_t at) const {
  if (at + 1 >= text_.size()) return false;
  if (text_[at] == U'-') return text_[at + 1] == U'-';
  if (text_[at] != U'.') return false;
  if (text_[at + 1] == U'.') return true;
  return at + 4 < text_.size() && IsGap(at + 1) && text_[at + 2] == U'.' && IsGap(at + 3) &&
         text_[at + 4] == U'.';
}

// The length of the run of dashes or periods at `at`, 0 if there is none.
size_t PunktWordScanner::RunLength(size_t at) const {
  if (!StartsRun(at)) return 0;
  size_t end = at + 1;
  if (text_[end] == text_[at]) {
    while (end < text_.size() && text_[end] == text_[at]) ++end;
  } else {
    while (IsGap(end) && end + 1 < text_.size() && text_[end + 1] == U'.') end += 2;
  }
  return end - at;
}

bool PunktWordScanner::EndsWord(size_t at) const {
  return at == text_.size() || FastIsSpace(text_[at]) || IsPunktNonWord(text_[at]) || StartsRun(at);
}

size_t PunktWordScanner::WordEnd(size_t at) const {
  while (!EndsWord(at) && !(text_[at] == U',' && EndsWord(at + 1))) ++at;
  return at;
}

}  // namespace hir::nltk::internal
