#include "hir/checkers/muldimif/numbers.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/text/python/unicode.h"

namespace hir::muldimif {
namespace {

using python::DecimalValue;
using python::EncodeUtf8;
using python::IsDecimal;
using python::IsDigit;
using python::Strip;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;

constexpr size_t kMostDigits = 4300;

std::optional<int64_t> ReadNumberWords(View text, const NumberWords& words, WorkBudget& budget) {
  static const BacktrackingRegex kBetween(U"[\\s-]+");
  int64_t total = 0;
  int64_t below_hundred = 0;
  const std::u32string lower = ToLower(Strip(text));
  for (const View word : kBetween.Split(lower, budget)) {
    const auto number = words.find(word);
    if (number == words.end()) return std::nullopt;
    if (number->second < 100) {
      below_hundred += number->second;
    } else {
      total += std::max<int64_t>(below_hundred, 1) * number->second;
      below_hundred = 0;
    }
  }
  return total + below_hundred;
}

}  // namespace

bool CountLimits::Allow(size_t count) const {
  const auto number = static_cast<int64_t>(count);
  return (!least || number >= *least) && (!most || number <= *most);
}

const NumberWords& EnglishNumbers() {
  static const NumberWords kNumbers = {
      {U"zero", 0},     {U"one", 1},      {U"two", 2},        {U"three", 3},     {U"four", 4},
      {U"five", 5},     {U"six", 6},      {U"seven", 7},      {U"eight", 8},     {U"nine", 9},
      {U"ten", 10},     {U"eleven", 11},  {U"twelve", 12},    {U"thirteen", 13}, {U"fourteen", 14},
      {U"fifteen", 15}, {U"sixteen", 16}, {U"seventeen", 17}, {U"eighteen", 18}, {U"nineteen", 19},
      {U"twenty", 20},  {U"thirty", 30},  {U"forty", 40},     {U"fifty", 50},    {U"sixty", 60},
      {U"seventy", 70}, {U"eighty", 80},  {U"ninety", 90},    {U"hundred", 100}};
  return kNumbers;
}

absl::StatusOr<int64_t> ReadPythonInt(View text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsDecimal)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Python's int() raises on \"", EncodeUtf8(text), "\"."));
  }
  if (text.size() > kMostDigits) {
    return absl::InvalidArgumentError(
        absl::StrCat("Python's int() raises on a number of ", text.size(), " digits."));
  }
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  int64_t value = 0;
  for (const char32_t c : text) {
    const int digit = DecimalValue(c);
    if (value > (kLargest - digit) / 10) return kLargest;
    value = value * 10 + digit;
  }
  return value;
}

absl::StatusOr<std::optional<int64_t>> ReadNumber(View text, const NumberWords& words,
                                                  WorkBudget& budget) {
  std::u32string number(Strip(text));
  std::erase(number, U',');
  if (!number.empty() && std::all_of(number.begin(), number.end(), IsDigit)) {
    return ReadPythonInt(number);
  }
  return ReadNumberWords(number, words, budget);
}

CheckFunction RaisingCheck(const absl::Status& error) {
  return
      [reason = std::string(error.message())](const ResponseText&) { return Undecidable(reason); };
}

std::u32string WithNumber(View pattern, View number) {
  std::u32string filled;
  for (const char32_t c : pattern) {
    if (c == U'#') {
      filled.append(number);
    } else {
      filled += c;
    }
  }
  return filled;
}

LimitReader::LimitReader(View number, NumberWords words, const BacktrackingRegex::Options& options,
                         std::initializer_list<LimitWording> wordings)
    : words_(std::move(words)) {
  for (const LimitWording& wording : wordings) {
    const std::u32string pattern = WithNumber(wording.pattern, number);
    wordings_.push_back({BacktrackingRegex(pattern, options), wording.kind});
  }
}

absl::StatusOr<int64_t> LimitReader::ReadNumber(View text) const {
  if (IsDecimal(text[0])) return ReadPythonInt(text);
  const auto word = words_.find(ToLower(text));
  return word == words_.end() ? 0 : word->second;
}

absl::StatusOr<std::optional<CountLimits>> LimitReader::Read(View sentence,
                                                             WorkBudget& budget) const {
  for (const Wording& wording : wordings_) {
    const auto match = wording.pattern.Search(sentence, budget);
    if (!match) continue;
    if (wording.kind == LimitKind::kOne) return CountLimits{1, 1};
    HIR_ASSIGN_OR_RETURN(const int64_t first, ReadNumber((*match)[1]));
    switch (wording.kind) {
      case LimitKind::kAtLeast:
        return CountLimits{first, std::nullopt};
      case LimitKind::kAtMost:
        return CountLimits{std::nullopt, first};
      case LimitKind::kBetween: {
        HIR_ASSIGN_OR_RETURN(const int64_t second, ReadNumber((*match)[2]));
        return CountLimits{first, second};
      }
      case LimitKind::kExactly:
      case LimitKind::kOne:
        return CountLimits{first, first};
    }
  }
  return std::nullopt;
}

}  // namespace hir::muldimif
