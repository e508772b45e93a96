// MulDimIF: the words of each line, item, cell or member, by the form that the response has.
#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/muldimif/elements.h"
#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/words.h"
#include "hir/text/python/unicode.h"

namespace hir::muldimif {
namespace {

using enum LimitKind;
using python::DecodeUtf8;
using python::EncodeUtf8;
using python::IsSpace;
using python::JsonOutcome;
using python::PythonStr;
using python::PythonValue;
using python::Split;
using python::Strip;
using python::StripLeft;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;

struct EachRule {
  std::optional<std::u32string> target;  // What "each ..." names, in lower case.
  std::optional<CountLimits> limits;     // Nothing: no response passes.
};

const LimitReader& Wordings() {
  static const LimitReader kWordings(U"(\\d+)", {}, {.ignore_case = true},
                                     {{U"between # and # words", kBetween},
                                      {U"range: #-# words", kBetween},
                                      {U"at least # words", kAtLeast},
                                      {U"a minimum of # words", kAtLeast},
                                      {U"a minimum length of # words", kAtLeast},
                                      {U"at most # words", kAtMost},
                                      {U"exactly # words", kExactly},
                                      {U"no more than # words", kAtMost},
                                      {U"not exceed # words", kAtMost},
                                      {U"a maximum of # words", kAtMost},
                                      {U"a maximum length of # words", kAtMost},
                                      {U"limit of # words", kAtMost},
                                      {U"not exceeding # words", kAtMost},
                                      {U"less than # words", kAtMost}});
  return kWordings;
}

// The sentence with its number words in digits, one by one: "twenty-five" becomes "20-5".
absl::StatusOr<std::u32string> WithDigits(View text, WorkBudget& budget) {
  static const BacktrackingRegex kNumbers = [] {
    std::u32string words;
    for (const auto& [word, value] : EnglishNumbers()) {
      words.append(words.empty() ? U"\\b(" : U"|").append(word);
    }
    return BacktrackingRegex(words + U")\\b", {.ignore_case = true});
  }();
  absl::Status unknown;
  std::u32string digits = kNumbers.Replace(
      text,
      [&](const RegexMatch& match) {
        const auto number = EnglishNumbers().find(ToLower(match[0]));
        if (number == EnglishNumbers().end()) {
          unknown = absl::InvalidArgumentError(
              absl::StrCat("\"", EncodeUtf8(match[0]), "\" is not in the table of numbers."));
          return std::u32string();
        }
        return DecodeUtf8(std::to_string(number->second));
      },
      budget);
  HIR_RETURN_IF_ERROR(unknown);
  return digits;
}

absl::StatusOr<EachRule> ReadEachRule(View text, WorkBudget& budget) {
  static const BacktrackingRegex kTarget(
      U"(?:each entry in the|each|the)\\s+(.+?)\\s+"
      U"(?:is|in the table|column|must|consists of|contains?|should|have)",
      {.ignore_case = true});
  HIR_ASSIGN_OR_RETURN(const std::u32string sentence, WithDigits(text, budget));
  EachRule rule;
  if (const auto match = kTarget.Search(sentence, budget)) {
    rule.target = ToLower((*match)[1]);
    std::erase_if(*rule.target, [](char32_t c) { return c == U'"' || c == U'\''; });
  }
  HIR_ASSIGN_OR_RETURN(rule.limits, Wordings().Read(sentence, budget));
  return rule;
}

bool IsTableRule(View row) {
  return std::all_of(row.begin(), row.end(),
                     [](char32_t c) { return IsSpace(c) || c == U'|' || c == U'*' || c == U'-'; });
}

// The cells under the headers that contain `target`; without such headers every cell, including
// headers and the row of dashes below them. All tables count as one, with the headers of the first.
// Cells are assigned to columns by their number alone, without the empty ones.
std::vector<View> TableElements(const std::vector<View>& lines, View target, WorkBudget& budget) {
  constexpr View kRule = U"<TitleSplit>";
  std::vector<View> cells;
  for (const View line : lines) {
    const View row = Strip(line);
    if (!row.starts_with(U'|')) continue;
    if (IsTableRule(row)) {
      cells.push_back(kRule);
      continue;
    }
    for (const View cell : Split(row.substr(1, row.size() - 2), U"|")) {
      if (const View bare = Strip(cell); !bare.empty()) cells.push_back(bare);
    }
  }
  const auto first_rule = std::find(cells.begin(), cells.end(), kRule);
  const std::vector<View> headers(cells.begin(), first_rule);
  if (headers.empty()) return {};
  std::vector<View> data;
  std::copy_if(first_rule, cells.end(), std::back_inserter(data),
               [&](View cell) { return cell != kRule; });

  std::map<View, size_t> columns;  // The last of several equal headers counts.
  for (size_t i = 0; i < headers.size(); ++i) columns[headers[i]] = i;
  std::vector<View> elements;
  for (const auto& [header, column] : columns) {
    const std::u32string lower = ToLower(header);
    if (!budget.Charge(static_cast<int64_t>(lower.size() * target.size()))) return {};
    if (lower.find(target) == View::npos) continue;
    for (size_t row = 0; row + headers.size() <= data.size(); row += headers.size()) {
      const View cell = data[row + column];
      if (ToLower(cell) != lower) elements.push_back(cell);
    }
  }
  return elements.empty() ? cells : elements;
}

// With "entry" in the target each member of the object; else the one that the last word of the
// target names, or an empty text without such a member.
std::vector<size_t> CountJson(View text, const std::optional<std::u32string>& target,
                              WorkBudget& budget) {
  PythonValue value;
  if (!target || ReadJson(text, value, budget) != JsonOutcome::kValid) return {};
  if (value.kind != PythonValue::Kind::kDict) return {};
  const auto count = [](const PythonValue& item) { return Split(PythonStr(item)).size(); };
  std::vector<size_t> counts;
  if (target->find(U"entry") != View::npos) {
    for (const PythonValue& item : value.items) counts.push_back(count(item));
  } else if (const auto names = Split(*target); !names.empty()) {
    const auto key = std::find(value.keys.begin(), value.keys.end(), names.back());
    const auto at = static_cast<size_t>(key - value.keys.begin());
    counts.push_back(at == value.keys.size() ? 0 : count(value.items[at]));
  }
  return counts;
}

// The lines, but for blank ones, those that end in a colon and rows of tables.
std::vector<View> PlainElements(const std::vector<View>& lines) {
  std::vector<View> elements;
  for (const View line : lines) {
    const View bare = Strip(line);
    const bool is_row = bare.size() >= 2 && bare.starts_with(U'|') && bare.ends_with(U'|');
    if (bare.empty() || Strip(bare, U"*#'\"").ends_with(U':') || is_row) continue;
    elements.push_back(StripLeft(bare, U"#"));
  }
  return elements;
}

std::vector<View> TextElements(ResponseForm form, const std::vector<View>& lines,
                               const EachRule& rule, WorkBudget& budget) {
  std::vector<View> elements;
  switch (form) {
    case ResponseForm::kTable:
      return TableElements(lines, rule.target.value_or(U"cells"), budget);
    case ResponseForm::kNumbered:
      for (const View line : lines) {
        if (BeginsNumbered(line)) elements.push_back(After(After(line, U':'), U'.'));
      }
      return elements;
    case ResponseForm::kBullets:
      for (const View line : lines) {
        if (BeginsBullet(line)) elements.push_back(After(line, U' '));
      }
      return elements;
    case ResponseForm::kJson:
    case ResponseForm::kPlain:
      break;
  }
  return PlainElements(lines);
}

// A response without elements fails.
CheckResult CheckEach(const EachRule& rule, const ResponseText& response) {
  const View text = response.text();
  const std::vector<View> lines = Split(text, U"\n");
  const ResponseForm form = FormOf(text, lines);
  std::vector<size_t> counts;
  if (form == ResponseForm::kJson) {
    counts = CountJson(text, rule.target, response.budget());
  } else {
    for (const View element : TextElements(form, lines, rule, response.budget())) {
      counts.push_back(Split(element).size());
    }
  }
  return PassIf(!counts.empty() && std::all_of(counts.begin(), counts.end(), [&](size_t words) {
    return rule.limits->Allow(words);
  }));
}

// "Each word must be at most 8 characters": words are split at single spaces, with empty ones.
CheckFunction LengthCheck(const CountLimits& limits) {
  return [limits](const ResponseText& response) {
    const auto words = Split(response.text(), U" ");
    return PassIf(std::all_of(words.begin(), words.end(),
                              [&](View word) { return limits.Allow(word.size()); }));
  };
}

}  // namespace

CheckFunction WordsOfEachCheck(View text, WorkBudget& budget) {
  static const BacktrackingRegex kEachWord(U"each word must be", {.ignore_case = true});
  static const BacktrackingRegex kLength(
      U"must be (at most|at least) "
      U"(\\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\\d+)\\b) characters",
      {.ignore_case = true});
  if (kEachWord.Search(text, budget)) {
    const auto match = kLength.Search(text, budget);
    if (!match) {
      return RaisingCheck(
          absl::InvalidArgumentError("The sentence gives no character limit for each word."));
    }
    // In any other letter case it is read as if it limited words.
    const bool at_most = (*match)[1] == U"at most";
    if (at_most || (*match)[1] == U"at least") {
      const auto length = ReadPythonInt((*match)[2]);
      if (!length.ok()) return RaisingCheck(length.status());
      CountLimits limits;
      (at_most ? limits.most : limits.least) = *length;
      return LengthCheck(limits);
    }
  }
  auto rule = ReadEachRule(text, budget);
  if (!rule.ok()) return RaisingCheck(rule.status());
  if (!rule->limits) return [](const ResponseText&) { return PassIf(false); };
  return
      [rule = *std::move(rule)](const ResponseText& response) { return CheckEach(rule, response); };
}

}  // namespace hir::muldimif
