// JSON as Python's checkers take it out of a response.
#ifndef HIR_TEXT_PYTHON_JSON_H_
#define HIR_TEXT_PYTHON_JSON_H_

#include <string>
#include <string_view>
#include <vector>

namespace hir::python {

inline constexpr int kMaxPythonJsonDepth = 992;  // Little enough for recursion.

enum class JsonOutcome {
  kValid,
  kInvalid,        // json.loads raises JSONDecodeError.
  kTooManyDigits,  // An integer of more than 4,300: json.loads raises ValueError.
  kTooDeep,        // More than kMaxPythonJsonDepth nested arrays and objects: json.loads raises
                   // RecursionError.
};

// As CPython 3.11 with its default limits: NaN, Infinity, -Infinity and lone surrogate escapes are
// taken; a byte order mark, raw control characters in strings and integers of more than 4300 digits
// are not. O(n), thread-safe.
JsonOutcome CheckPythonJson(std::u32string_view text);

// What json.loads() gives.
struct PythonValue {
  enum class Kind { kString, kList, kDict, kOther };

  Kind kind = Kind::kOther;
  std::u32string text;               // Of a string; of a number, bool or None what str() writes.
  std::vector<std::u32string> keys;  // Of a dict, in its order, no two equal.
  std::vector<PythonValue> items;    // Of a list, or the values of a dict.
};

// CheckPythonJson(text); when that is kValid, `value` is what it stands for. Memory of up to some
// 150 bytes a character, which the caller's budget bounds.
JsonOutcome ReadPythonJson(std::u32string_view text, PythonValue& value);

// str(value). O(n).
std::u32string PythonStr(const PythonValue& value);

// The text without white space and without the Markdown fence of a block of code around it.
std::u32string_view WithoutFence(std::u32string_view text);

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_JSON_H_
