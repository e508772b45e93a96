// The syntax tree of a Python regular expression. Internal to hir/text/regex.
#ifndef HIR_TEXT_REGEX_SYNTAX_H_
#define HIR_TEXT_REGEX_SYNTAX_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/text/regex/char_set.h"

namespace hir::regex::internal {

inline constexpr int kUnbounded = -1;

// Assertions, which match without consuming a character.
enum class Assertion {
  kTextStart,      // \A, and ^ without MULTILINE
  kLineStart,      // ^
  kTextEnd,        // \Z
  kTextEndOrLine,  // $ without MULTILINE: the end, or before a last newline
  kLineEnd,        // $
  kWordBoundary,
  kNotWordBoundary,
};

// A node of the tree; comments name the kinds that use a field.
struct RegexNode {
  enum class Kind { kEmpty, kSet, kAssertion, kSequence, kAlternatives, kRepeat };
  Kind kind = Kind::kEmpty;
  uint32_t set = 0;              // kSet: index into RegexTree::sets
  Assertion assertion{};         // kAssertion
  std::vector<RegexNode> parts;  // kSequence, kAlternatives; the one part of kRepeat
  int least = 0, most = 0;       // kRepeat; `most` may be kUnbounded
  bool greedy = true;            // kRepeat
  bool possessive = false;  // kRepeat, of a kSet: matches as much as it can and gives nothing back

  // Whether it can match the empty text.
  bool Nullable() const;
};

// A parsed pattern.
struct RegexTree {
  RegexNode root;             // kAlternatives, each a kSequence; one if there is no |.
  std::vector<CharSet> sets;  // Finished.
  int groups = 0;             // Number of capturing groups.
};

// INVALID_ARGUMENT: Python raises re.error. UNIMPLEMENTED: see python_regex.h.
absl::StatusOr<RegexTree> ParseRegex(std::u32string_view pattern, bool ignore_case, bool multiline);

}  // namespace hir::regex::internal

#endif  // HIR_TEXT_REGEX_SYNTAX_H_
