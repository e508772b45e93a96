// JSON as Python's checkers take it out of a response.
#ifndef HIR_TEXT_PYTHON_JSON_H_
#define HIR_TEXT_PYTHON_JSON_H_

#include <string_view>

namespace hir {

enum class JsonOutcome {
  kValid,
  kInvalid,  // json.loads raises ValueError.
  kTooDeep,  // More than 992 nested arrays and objects: json.loads raises RecursionError.
};

// As CPython 3.11 with its default limits: NaN, Infinity, -Infinity and lone surrogate escapes are
// taken; a byte order mark, raw control characters in strings and integers of more than 4300 digits
// are not. O(n), thread-safe.
JsonOutcome CheckPythonJson(std::u32string_view text);

// The text without white space and without the Markdown fence of a block of code around it.
std::u32string_view WithoutFence(std::u32string_view text);

}  // namespace hir

#endif  // HIR_TEXT_PYTHON_JSON_H_
