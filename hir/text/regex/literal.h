// Patterns without any operators, alone or between two \b. Internal to hir/text/regex.
#ifndef HIR_TEXT_REGEX_LITERAL_H_
#define HIR_TEXT_REGEX_LITERAL_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "hir/text/scan/scan_text.h"

namespace hir::regex::internal {

// \b
inline bool IsWordBoundary(const scan::ScanText& text, size_t at) {
  const bool word_before = at > 0 && IsWordAt(text, at - 1);
  const bool word_after = at < text.size() && IsWordAt(text, at);
  return word_before != word_after;
}

// Immutable; thread-safe.
class RegexLiteral {
 public:
  // The time of a search for a literal between two \b grows with its length, too.
  static bool CanBeWhole(std::u32string_view text);

  // `text` is folded where texts to search are. With `whole`, a match begins and ends where \b
  // does. REQUIRES: CanBeWhole(text) when `whole`.
  RegexLiteral(std::u32string_view text, bool whole);

  size_t size() const { return needle_.size(); }

  // The first match at or after `from`; npos when there is none. `original` is `text` before it was
  // folded. O(text.size() - from). REQUIRES: from <= text.size().
  size_t Find(const scan::ScanText& text, const scan::ScanText& original, size_t from) const;

 private:
  size_t FindAnywhere(const scan::ScanText& text, size_t from) const;

  scan::Needle needle_;
  bool whole_;
  std::vector<uint32_t> borders_;  // Of each beginning of a long needle, its longest proper border.
};

}  // namespace hir::regex::internal

#endif  // HIR_TEXT_REGEX_LITERAL_H_
