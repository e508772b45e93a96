// How many of something a sentence of MulDimIF asks for, as its length rules read it.
#ifndef HIR_CHECKERS_MULDIMIF_NUMBERS_H_
#define HIR_CHECKERS_MULDIMIF_NUMBERS_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/base/work_budget.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {

// Both inclusive; without a value there is no such limit.
struct CountLimits {
  std::optional<int64_t> least;
  std::optional<int64_t> most;

  bool Allow(size_t count) const;
};

using NumberWords = std::map<std::u32string_view, int64_t>;

// From zero to nineteen, the tens, and a hundred.
const NumberWords& EnglishNumbers();

// int(text), at most the largest int64_t. INVALID_ARGUMENT: int() raises, since `text` is not only
// decimal digits (of any script) or has more than 4,300 of them.
absl::StatusOr<int64_t> ReadPythonInt(std::u32string_view text);

// A number in digits, commas aside, or in `words` as in "two hundred-one", whose order does not
// matter. Nothing: `text` is neither. INVALID_ARGUMENT: int() raises, e.g. on a superscript, which
// is a digit, too.
absl::StatusOr<std::optional<int64_t>> ReadNumber(std::u32string_view text,
                                                  const NumberWords& words, WorkBudget& budget);

// For a sentence on which the official code raises: always undecidable, with the error's message.
CheckFunction RaisingCheck(const absl::Status& error);

// What the numbers in a wording mean.
enum class LimitKind {
  kExactly,
  kOne,  // No number: exactly one.
  kAtLeast,
  kAtMost,
  kBetween,  // Two numbers, the lower limit first, whichever is larger.
};

struct LimitWording {
  std::u32string_view pattern;  // "#" is a placeholder for a number, a group.
  LimitKind kind;
};

// A pattern with `number`, the pattern of a number, in place of each "#".
std::u32string WithNumber(std::u32string_view pattern, std::u32string_view number);

// Looks for wordings in a sentence. Immutable; thread-safe.
class LimitReader {
 public:
  // `number` is the pattern of a number, a group. `words` are the number words that it matches
  // besides digits; any other word counts as 0.
  LimitReader(std::u32string_view number, NumberWords words,
              const regex::BacktrackingRegex::Options& options,
              std::initializer_list<LimitWording> wordings);

  // The limits of the first of the wordings that `sentence` contains anywhere; nothing: it contains
  // none.
  // INVALID_ARGUMENT: its number has more digits than int() takes.
  absl::StatusOr<std::optional<CountLimits>> Read(std::u32string_view sentence,
                                                  WorkBudget& budget) const;

 private:
  struct Wording {
    regex::BacktrackingRegex pattern;
    LimitKind kind;
  };

  absl::StatusOr<int64_t> ReadNumber(std::u32string_view text) const;

  NumberWords words_;
  std::vector<Wording> wordings_;
};

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_NUMBERS_H_
