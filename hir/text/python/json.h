// JSON in responses, as Python's checkers read it.
#ifndef HIR_TEXT_PYTHON_JSON_H_
#define HIR_TEXT_PYTHON_JSON_H_

#include <string>
#include <string_view>
#include <vector>

namespace hir::python {

inline constexpr int kMaxPythonJsonDepth = 992;  // Small enough for recursion.

// What json.loads() does with a text.
enum class JsonOutcome {
  kValid,
  kInvalid,        // json.loads raises JSONDecodeError.
  kTooManyDigits,  // An integer of more than 4,300 digits: json.loads raises ValueError.
  kTooDeep,        // More than kMaxPythonJsonDepth nested arrays and objects: json.loads raises
                   // RecursionError.
};

// Like json.loads() of CPython 3.11 with its default limits: accepts NaN, Infinity, -Infinity and
// lone surrogate escapes; rejects a byte order mark, raw control characters in strings and integers
// of more than 4,300 digits. O(n), thread-safe.
JsonOutcome CheckPythonJson(std::u32string_view text);

// A result of json.loads().
struct PythonValue {
  enum class Kind { kString, kList, kDict, kOther };

  Kind kind = Kind::kOther;
  std::u32string text;  // The string itself; of a number, bool or None, what str() prints.
  std::vector<std::u32string> keys;  // Of a dict, in its order, without repeats.
  std::vector<PythonValue> items;    // Of a list, or the values of a dict.
};

// Like CheckPythonJson(text); if the result is kValid, sets `value`. Takes up to some 150 bytes of
// memory per character, which the caller's budget bounds.
JsonOutcome ReadPythonJson(std::u32string_view text, PythonValue& value);

// str(value). O(n).
std::u32string PythonStr(const PythonValue& value);

// The text without outer white space and without the Markdown fence around a block of code.
std::u32string_view WithoutFence(std::u32string_view text);

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_JSON_H_
