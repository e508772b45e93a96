// Python's `re` without backtracking and within a work budget: patterns come from data sets, and
// model output must not be able to make a match slow.
//
// Literal patterns, alone or between two \b, are searched directly; others run on a breadth-first
// matcher that keeps Python's priorities (leftmost, then first alternative), near the literals that
// every match contains. Constructs that such a matcher can't support exactly are refused:
// look-around, back-references, conditionals, atomic groups, possessive repeats of groups, inline
// flags, and repeats of parts that can match nothing.
#ifndef HIR_TEXT_REGEX_PYTHON_REGEX_H_
#define HIR_TEXT_REGEX_PYTHON_REGEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/base/work_budget.h"
#include "hir/text/regex/literal.h"
#include "hir/text/scan/scan_text.h"

namespace hir::regex {

// Flags of re.compile().
struct RegexOptions {
  bool ignore_case = false;  // re.IGNORECASE
  bool multiline = false;    // re.MULTILINE
};

namespace internal {
struct RegexProgram;
}

// A text to search, with data shared by all searches in it. Not thread-safe.
class RegexSubject {
 public:
  // `text` and `budget`, to which searches are charged, must outlive the subject.
  RegexSubject(const scan::ScanText& text, WorkBudget& budget) : text_(text), budget_(budget) {}

  const scan::ScanText& text() const { return text_; }
  // The text with every character folded (FoldCase), computed on first use.
  const scan::ScanText& folded();
  void DropFolded() { folded_.reset(); }
  WorkBudget& budget() { return budget_; }

 private:
  const scan::ScanText& text_;
  WorkBudget& budget_;
  std::unique_ptr<const scan::ScanText> folded_;
};

// Positions [start, end) of a match.
struct RegexSpan {
  size_t start;
  size_t end;
};

// A compiled pattern. Immutable; thread-safe.
class PythonRegex {
 public:
  // INVALID_ARGUMENT: Python raises re.error on `pattern`. UNIMPLEMENTED: a construct above.
  // OUT_OF_RANGE: more than 10,000 characters, or a program of more than 20,000 instructions.
  static absl::StatusOr<PythonRegex> Compile(std::u32string_view pattern,
                                             const RegexOptions& options = {});

  PythonRegex(PythonRegex&&) noexcept;
  PythonRegex& operator=(PythonRegex&&) noexcept;
  ~PythonRegex();

  // bool(re.search(pattern, text)). RESOURCE_EXHAUSTED: the work budget ran out. The time is linear
  // in the text for a literal; for others at most the length of text times that of program.
  absl::StatusOr<bool> Search(RegexSubject& subject) const;
  // len(re.findall(pattern, text)): matches that don't overlap. RESOURCE_EXHAUSTED as above.
  absl::StatusOr<size_t> Count(RegexSubject& subject) const;

  // The spans of the matches that Count() counts. RESOURCE_EXHAUSTED as above.
  absl::StatusOr<std::vector<RegexSpan>> FindAll(RegexSubject& subject) const;

  // The number of capturing groups in the pattern.
  int groups() const;

 private:
  PythonRegex();
  // Calls `take` for each match, up to `limit`, and returns their number.
  template <typename Take>
  absl::StatusOr<size_t> ForEachMatch(size_t limit, RegexSubject& subject, Take take) const;

  bool ignore_case_ = false;
  // Either a literal or a program.
  std::optional<internal::RegexLiteral> literal_;
  std::unique_ptr<const internal::RegexProgram> program_;
};

// True when no character of `pattern` has a meaning in regular expressions.
bool IsLiteralPattern(std::u32string_view pattern);

}  // namespace hir::regex

#endif  // HIR_TEXT_REGEX_PYTHON_REGEX_H_
