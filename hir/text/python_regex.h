// Python's `re` on text, in linear time: patterns come from data sets, and model output must not be
// able to make a match slow.
//
// Literal patterns are searched directly; others run on a breadth-first matcher that keeps Python's
// priorities (leftmost, then first alternative). What such a matcher can't do exactly is refused:
// look-around, back-references, conditionals, atomic groups, possessive repeats of groups, inline
// flags, and repeats of what can match nothing.
#ifndef HIR_TEXT_PYTHON_REGEX_H_
#define HIR_TEXT_PYTHON_REGEX_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hir {

struct RegexOptions {
  bool ignore_case = false;  // re.IGNORECASE
  bool multiline = false;    // re.MULTILINE
};

namespace internal {
struct RegexProgram;
}

// A compiled pattern. Immutable; thread-safe.
class PythonRegex {
 public:
  // INVALID_ARGUMENT: Python raises re.error on `pattern`. UNIMPLEMENTED: a construct above, or a
  // program of more than 20,000 instructions.
  static absl::StatusOr<PythonRegex> Compile(std::u32string_view pattern,
                                             const RegexOptions& options = {});

  PythonRegex(PythonRegex&&) noexcept;
  PythonRegex& operator=(PythonRegex&&) noexcept;
  ~PythonRegex();

  // bool(re.search(pattern, text)). RESOURCE_EXHAUSTED: the work budget ran out.
  absl::StatusOr<bool> Search(std::u32string_view text) const;
  // len(re.findall(pattern, text)): matches that don't overlap. RESOURCE_EXHAUSTED as above.
  absl::StatusOr<size_t> Count(std::u32string_view text) const;

 private:
  PythonRegex();

  bool ignore_case_ = false;
  std::u32string literal_;  // The whole pattern, folded if need be; used when program_ is null.
  std::unique_ptr<const internal::RegexProgram> program_;
};

// True when no character of `pattern` has a meaning in regular expressions.
bool IsLiteralPattern(std::u32string_view pattern);

}  // namespace hir

#endif  // HIR_TEXT_PYTHON_REGEX_H_
