// MulDimIF: how deep the response's JSON is nested.
#include "hir/text/python/json.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hir/checkers/muldimif/elements.h"
#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::IsSpace;
using python::IsWord;
using python::JsonOutcome;
using python::PythonValue;
using python::Strip;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;

// None: int() raises.
std::optional<int64_t> ReadLevel(View text) {
  if (text == U"two") return 2;
  if (text == U"three") return 3;
  const auto number = ReadPythonInt(text);
  return number.ok() ? std::optional(*number) : std::nullopt;
}

std::vector<BacktrackingRegex> Compile(const std::vector<View>& patterns) {
  std::vector<BacktrackingRegex> compiled;
  for (const View pattern : patterns) {
    const size_t at = pattern.find(U"{N}");
    compiled.emplace_back(std::u32string(pattern.substr(0, at)) + U"(\\d+|two|three)" +
                          std::u32string(pattern.substr(at + 3)));
  }
  return compiled;
}

// The first number that a pattern finds.
std::optional<int64_t> First(const std::vector<BacktrackingRegex>& patterns, View sentence,
                             WorkBudget& budget) {
  for (const BacktrackingRegex& pattern : patterns) {
    if (const auto match = pattern.Search(sentence, budget)) {
      return ReadLevel((*match)[1]);
    }
  }
  return std::nullopt;
}

// The strictest of all numbers that the patterns find.
template <typename IsStricter>
std::optional<int64_t> Strictest(const std::vector<BacktrackingRegex>& patterns, View sentence,
                                 IsStricter is_stricter, WorkBudget& budget) {
  std::optional<int64_t> strictest;
  for (const BacktrackingRegex& pattern : patterns) {
    for (const RegexMatch& match : pattern.FindAll(sentence, budget)) {
      const std::optional<int64_t> number = ReadLevel(match[1]);
      if (number && (!strictest || is_stricter(*number, *strictest))) strictest = number;
    }
  }
  return strictest;
}

// Nothing: the sentence has no known wording.
std::optional<CountLimits> ReadRange(View sentence, WorkBudget& budget) {
  static const auto* const exact = new auto(
      Compile({U"exactly {N} levels? of nesting",
               U"structured as a json object with a nesting level of {N}",
               U"json example with exactly {N} levels?", U"object nesting levels must be {N}",
               U"nesting level of {N}", U"be limited to {N} levels of nesting"}));
  static const auto* const most =
      new auto(Compile({U"must not exceed {N} levels? of nesting", U"no more than {N} levels?",
                        U"maximum of {N} nesting levels", U"maximum of {N} object nesting levels",
                        U"maximum of {N} levels", U"not exceed {N} levels",
                        U"levels not exceeding {N}", U"with the structure not exceeding {N} levels",
                        U"object nesting levels must not exceed {N}", U"and at most {N}"}));
  static const auto* const least = new auto(
      Compile({U"at least {N} levels? of nesting", U"at least {N} levels? deep",
               U"must include a json object with at least {N} levels?", U"and at least {N}"}));
  if (const auto number = First(*exact, sentence, budget)) return CountLimits{number, number};
  const CountLimits range = {Strictest(*least, sentence, std::greater<>(), budget),
                             Strictest(*most, sentence, std::less<>(), budget)};
  return range.least || range.most ? std::optional(range) : std::nullopt;
}

// How many lists and dicts, without the empty ones, enclose the innermost value.
int64_t Depth(const PythonValue& value) {
  int64_t deepest = -1;
  for (const PythonValue& item : value.items) deepest = std::max(deepest, Depth(item));
  return deepest + 1;
}

CheckResult CheckDepth(const std::optional<CountLimits>& range, const ResponseText& response) {
  // Python's recursion limit ends a walk here, at two calls per level.
  constexpr int64_t kDeepestWalk = 490;
  static const BacktrackingRegex block(U"```json(.*?)```", {.dot_all = true});
  View text = response.text();
  if (const auto match = block.Search(text, response.budget())) text = Strip((*match)[1]);
  PythonValue value;
  const JsonOutcome outcome = ReadJson(text, value, response.budget());
  if (outcome == JsonOutcome::kInvalid) return PassIf(false);
  if (outcome != JsonOutcome::kValid) {
    return Undecidable(kJsonRaises);
  }
  if (value.kind == PythonValue::Kind::kOther && value.text == U"None") return PassIf(false);
  const int64_t depth = Depth(value);
  if (depth > kDeepestWalk) return Undecidable("The JSON text is nested too deeply.");
  return PassIf(range && range->Allow(static_cast<size_t>(depth)));
}

}  // namespace

CheckFunction JsonCheck(View text, WorkBudget& budget) {
  std::u32string sentence = ToLower(text);
  std::erase_if(sentence, [](char32_t c) { return !IsWord(c) && !IsSpace(c); });
  return [range = ReadRange(sentence, budget)](const ResponseText& response) {
    return CheckDepth(range, response);
  };
}

}  // namespace hir::muldimif
