// Python's `re` with the features that a linear matcher lacks: groups, look-around,
// back-references. For the program's own patterns and possibly hostile texts: the work is charged
// to a budget.
//
// PCRE2 does the matching. Patterns are written as for CPython 3.11; \s, \Z, {,n} and the ends of
// lines are translated to mean the same; \w, \d and \b already do (Unicode 14.0).
#ifndef HIR_TEXT_REGEX_BACKTRACKING_REGEX_H_
#define HIR_TEXT_REGEX_BACKTRACKING_REGEX_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/base/work_budget.h"

namespace hir::regex {

// Where a pattern and its groups matched. The searched text must outlive this.
class RegexMatch {
 public:
  // Of the whole match (0) or a group. A group that did not take part is empty at 0.
  size_t begin(size_t group = 0) const { return spans_[group].begin; }
  size_t end(size_t group = 0) const { return spans_[group].end; }
  bool Has(size_t group) const { return spans_[group].took_part; }
  std::u32string_view operator[](size_t group) const {
    return text_.substr(begin(group), end(group) - begin(group));
  }
  // The number of groups in the pattern.
  size_t groups() const { return spans_.size() - 1; }

 private:
  friend class BacktrackingRegex;
  struct Span {
    size_t begin = 0;
    size_t end = 0;
    bool took_part = false;
  };

  std::u32string_view text_;
  std::vector<Span> spans_;
};

// A compiled pattern. Immutable; thread-safe. Every function takes a text without surrogates and a
// budget, and finds nothing more once the budget is exhausted, which the caller must check at the
// end.
class BacktrackingRegex {
 public:
  struct Options {
    bool ignore_case = false;  // re.IGNORECASE
    bool multiline = false;    // re.MULTILINE
    bool dot_all = false;      // re.DOTALL
  };

  // INVALID_ARGUMENT: `pattern` does not compile.
  static absl::StatusOr<BacktrackingRegex> Compile(std::u32string_view pattern,
                                                   const Options& options);
  // For a pattern in the program's source. REQUIRES: it compiles.
  explicit BacktrackingRegex(std::u32string_view pattern, const Options& options);
  explicit BacktrackingRegex(std::u32string_view pattern) : BacktrackingRegex(pattern, Options()) {}

  // pattern.search(text, from)
  std::optional<RegexMatch> Search(std::u32string_view text, WorkBudget& budget,
                                   size_t from = 0) const;
  // pattern.match(text)
  std::optional<RegexMatch> Match(std::u32string_view text, WorkBudget& budget) const;
  // list(pattern.finditer(text))
  std::vector<RegexMatch> FindAll(std::u32string_view text, WorkBudget& budget) const;
  // pattern.split(text, maxsplit): texts of groups are included between the pieces, empty for
  // groups that did not take part. Views of `text`.
  std::vector<std::u32string_view> Split(std::u32string_view text, WorkBudget& budget,
                                         size_t max_splits = 0) const;
  // pattern.sub(replacement, text) with a literal replacement.
  std::u32string Replace(std::u32string_view text, std::u32string_view replacement,
                         WorkBudget& budget) const;
  std::u32string Replace(std::u32string_view text,
                         const std::function<std::u32string(const RegexMatch&)>& replacement,
                         WorkBudget& budget) const;

 private:
  struct Code;
  explicit BacktrackingRegex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  std::optional<RegexMatch> Find(std::u32string_view text, size_t from, uint32_t options,
                                 WorkBudget& budget) const;

  std::shared_ptr<const Code> code_;
};

// re.escape(text)
std::u32string RegexEscape(std::u32string_view text);

}  // namespace hir::regex

#endif  // HIR_TEXT_REGEX_BACKTRACKING_REGEX_H_
