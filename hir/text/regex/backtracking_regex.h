// Python's `re` with all that a linear matcher can't do: groups, look-around, back-references. For
// patterns of this program, and texts that may be hostile: the work is charged to a budget.
//
// PCRE2 does the matching. Patterns are written as for CPython 3.11; \s, \Z, {,n} and the ends of
// lines are made to mean what they mean there, and \w, \d and \b do so already (Unicode 14.0).
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

// Where a pattern and its groups matched, in the text that was searched, which outlives this.
class RegexMatch {
 public:
  // Of the whole match (0) or a group. Empty text at 0 for a group that took no part.
  size_t begin(size_t group = 0) const { return spans_[group].begin; }
  size_t end(size_t group = 0) const { return spans_[group].end; }
  bool Has(size_t group) const { return spans_[group].took_part; }
  std::u32string_view operator[](size_t group) const {
    return text_.substr(begin(group), end(group) - begin(group));
  }
  // How many groups the pattern has.
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
// budget, and finds nothing more once the budget is exhausted: the caller looks at that at the end.
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
  // For a pattern that stands in this program. REQUIRES: it compiles.
  explicit BacktrackingRegex(std::u32string_view pattern, const Options& options);
  explicit BacktrackingRegex(std::u32string_view pattern) : BacktrackingRegex(pattern, Options()) {}

  // pattern.search(text, from)
  std::optional<RegexMatch> Search(std::u32string_view text, WorkBudget& budget,
                                   size_t from = 0) const;
  // pattern.match(text)
  std::optional<RegexMatch> Match(std::u32string_view text, WorkBudget& budget) const;
  // pattern.fullmatch(text)
  std::optional<RegexMatch> FullMatch(std::u32string_view text, WorkBudget& budget) const;
  // list(pattern.finditer(text))
  std::vector<RegexMatch> FindAll(std::u32string_view text, WorkBudget& budget) const;
  // pattern.split(text, maxsplit): the texts of groups stand between the pieces, and are empty for
  // those that took no part. Views of `text`.
  std::vector<std::u32string_view> Split(std::u32string_view text, WorkBudget& budget,
                                         size_t max_splits = 0) const;
  // pattern.sub(replacement, text), the replacement taken as it is.
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
