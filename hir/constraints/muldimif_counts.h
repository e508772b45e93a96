// How MulDimIF's sentences state how many of something there must be.
#ifndef HIR_CONSTRAINTS_MULDIMIF_COUNTS_H_
#define HIR_CONSTRAINTS_MULDIMIF_COUNTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hir/text/backtracking_regex.h"
#include "hir/text/work_budget.h"

namespace hir {

using NumberWords = std::vector<std::pair<std::u32string_view, int64_t>>;

// int(text) of digits of any script, at most 10^15; else the value of a number word; else none.
std::optional<int64_t> ReadNumber(std::u32string_view text, const NumberWords& words);

struct CountRange {
  std::optional<int64_t> least;
  std::optional<int64_t> most;

  bool Contains(int64_t count) const {
    return (!least || count >= *least) && (!most || count <= *most);
  }
};

enum class Bound { kExactly, kOne, kAtLeast, kAtMost, kBetween };

struct CountPattern {
  std::u32string_view pattern;  // "{N}" stands for a number and "{D}" for digits; both are groups.
  Bound bound;
};

// Patterns in the order in which they are tried. Immutable; thread-safe.
class CountPatterns {
 public:
  // `number` is the pattern that "{N}" stands for.
  CountPatterns(const std::vector<CountPattern>& patterns, std::u32string_view number,
                NumberWords words);

  // By the first pattern that is found in `text`; none when none is. A word without value is 0.
  std::optional<CountRange> Read(std::u32string_view text, WorkBudget& budget) const;

 private:
  std::vector<std::pair<BacktrackingRegex, Bound>> patterns_;
  NumberWords words_;
};

}  // namespace hir

#endif  // HIR_CONSTRAINTS_MULDIMIF_COUNTS_H_
