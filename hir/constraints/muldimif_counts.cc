#include "hir/constraints/muldimif_counts.h"

#include <algorithm>

#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

constexpr int64_t kLargestNumber = 1'000'000'000'000'000;

// The value of a decimal digit of any script: they come in runs of ten.
int64_t DigitValue(char32_t digit) {
  char32_t first = digit;
  while (first > 0 && IsDecimal(first - 1)) --first;
  return static_cast<int64_t>(digit - first) % 10;
}

std::u32string Replaced(View text, View what, View by) {
  std::u32string replaced;
  const std::vector<View> pieces = Split(text, what);
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) replaced.append(by);
    replaced.append(pieces[i]);
  }
  return replaced;
}

}  // namespace

std::optional<int64_t> ReadNumber(View text, const NumberWords& words) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), IsDecimal)) {
    int64_t number = 0;
    for (const char32_t c : text) number = std::min(number * 10 + DigitValue(c), kLargestNumber);
    return number;
  }
  const std::u32string lower = ToLower(text);
  for (const auto& [word, value] : words) {
    if (word == lower) return value;
  }
  return std::nullopt;
}

CountPatterns::CountPatterns(const std::vector<CountPattern>& patterns, View number,
                             NumberWords words)
    : words_(std::move(words)) {
  for (const CountPattern& each : patterns) {
    patterns_.emplace_back(
        BacktrackingRegex(Replaced(Replaced(each.pattern, U"{N}", number), U"{D}", U"(\\d+)")),
        each.bound);
  }
}

std::optional<CountRange> CountPatterns::Read(View text, WorkBudget& budget) const {
  for (const auto& [pattern, bound] : patterns_) {
    const auto match = pattern.Search(text, budget);
    if (!match) continue;
    if (bound == Bound::kOne) return CountRange{1, 1};
    const int64_t number = ReadNumber((*match)[1], words_).value_or(0);
    if (bound == Bound::kExactly) return CountRange{number, number};
    if (bound == Bound::kAtLeast) return CountRange{number, std::nullopt};
    if (bound == Bound::kAtMost) return CountRange{std::nullopt, number};
    return CountRange{number, ReadNumber((*match)[2], words_).value_or(0)};
  }
  return std::nullopt;
}

}  // namespace hir
