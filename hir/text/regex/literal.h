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
  // Whether `text` is short enough to search between two \b, where the time also grows with its
  // length.
  static bool CanBeWhole(std::u32string_view text);

  // `text` must be folded if the searched texts are. With `whole`, a match begins and ends at a \b.
  // REQUIRES: CanBeWhole(text) if `whole`.
  RegexLiteral(std::u32string_view text, bool whole);

  size_t size() const { return needle_.size(); }

  // The first match at or after `from`; npos if there is none. `original` is `text` before folding.
  // O(text.size() - from). REQUIRES: from <= text.size().
  size_t Find(const scan::ScanText& text, const scan::ScanText& original, size_t from) const;

 private:
  size_t FindAnywhere(const scan::ScanText& text, size_t from) const;

  scan::Needle needle_;
  bool whole_;
  std::vector<uint32_t> borders_;  // The longest proper border of each prefix of a long needle.
};

}  // namespace hir::regex::internal

#endif  // HIR_TEXT_REGEX_LITERAL_H_
