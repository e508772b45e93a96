// The syntax tree of a Python regular expression. Internal to hir/text.
#ifndef HIR_TEXT_REGEX_SYNTAX_H_
#define HIR_TEXT_REGEX_SYNTAX_H_

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace hir::internal {

inline constexpr int kUnbounded = -1;

// A set of code points. With `fold`, `ranges` hold folded code points and a character is in the set
// when its fold is.
struct CharSet {
  std::vector<std::pair<char32_t, char32_t>> ranges;  // Inclusive.
  bool space = false, not_space = false;              // \s \S
  bool word = false, not_word = false;                // \w \W
  bool decimal = false, not_decimal = false;          // \d \D
  bool negated = false;
  bool fold = false;

  bool Contains(char32_t c) const;
  // Folds the ranges. REQUIRES: !fold.
  void IgnoreCase();
};

enum class Assertion {
  kTextStart,      // \A, and ^ without MULTILINE
  kLineStart,      // ^
  kTextEnd,        // \Z
  kTextEndOrLine,  // $ without MULTILINE: the end, or before a last newline
  kLineEnd,        // $
  kWordBoundary,
  kNotWordBoundary,
};

struct RegexNode {
  enum class Kind { kEmpty, kSet, kAssertion, kSequence, kAlternatives, kRepeat };
  Kind kind = Kind::kEmpty;
  CharSet set;                   // kSet
  Assertion assertion{};         // kAssertion
  std::vector<RegexNode> parts;  // kSequence, kAlternatives; the one part of kRepeat
  int least = 0, most = 0;       // kRepeat; `most` may be kUnbounded
  bool greedy = true;            // kRepeat
  bool possessive = false;       // kRepeat, of a kSet: takes all it can and gives nothing back

  // Can it match the empty text?
  bool Nullable() const;
};

// INVALID_ARGUMENT: Python raises re.error. UNIMPLEMENTED: see python_regex.h.
absl::StatusOr<RegexNode> ParseRegex(std::u32string_view pattern, bool ignore_case, bool multiline);

}  // namespace hir::internal

#endif  // HIR_TEXT_REGEX_SYNTAX_H_
