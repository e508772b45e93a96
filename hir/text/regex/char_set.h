// A set of code points, as written in a regular expression. Internal to hir/text/regex.
#ifndef HIR_TEXT_REGEX_CHAR_SET_H_
#define HIR_TEXT_REGEX_CHAR_SET_H_

#include <bitset>
#include <optional>
#include <vector>

#include "hir/text/python/unicode.h"
#include "hir/text/scan/char_class.h"

namespace hir::regex::internal {

// Fill the public members, call Finish(), then only query. Contains() costs at most one search per
// table that it needs, however many ranges there are.
class CharSet {
 public:
  std::vector<python::CodePointRange> ranges;
  bool space = false, not_space = false;      // \s \S
  bool word = false, not_word = false;        // \w \W
  bool decimal = false, not_decimal = false;  // \d \D
  bool negated = false;

  // With `ignore_case`, the set contains every character that `re` holds equal to one in the
  // ranges.
  void Finish(bool ignore_case);

  // The only character in the set, folded if case is ignored; nullopt if there are more. REQUIRES:
  // Finish() was called.
  std::optional<char32_t> Only() const;

  // REQUIRES: Finish() was called.
  bool Contains(char32_t c) const { return c < scan::kAsciiEnd ? ascii_[c] : Find(c); }

 private:
  bool Find(char32_t c) const;

  bool fold_ = false;  // `ranges` hold folded code points.
  std::bitset<scan::kAsciiEnd> ascii_;
};

}  // namespace hir::regex::internal

#endif  // HIR_TEXT_REGEX_CHAR_SET_H_
