// MulDimIF: upper case, lower case and capitalized words, of the whole response or of its table,
// JSON or headings.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::HasText;
using python::Split;
using python::Strip;
using python::ToLower;
using python::ToUpper;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;

enum class Case { kUnknown, kUpper, kCapitalized, kLower, kAny };
enum class Part {
  kWhole,
  kTable,
  kTableHeader,
  kTableEntries,
  kTableOrHeadings,
  kJsonKeys,
  kJsonValues,
  kHeadings,
};

// The first wording that is found decides.
Case CaseOf(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex upper(U"\\ball[- ]?uppercase\\b");
  static const BacktrackingRegex capitalized(U"\\bcapitalized\\b");
  static const BacktrackingRegex lower(U"\\blowercase\\b");
  if (upper.Search(sentence, budget) || HasText(sentence, U"in all uppercase letters") ||
      HasText(sentence, U"in capitalized form")) {
    return Case::kUpper;
  }
  if (HasText(sentence, U"each word in") || capitalized.Search(sentence, budget) ||
      (HasText(sentence, U"capital") && HasText(sentence, U"each"))) {
    return Case::kCapitalized;
  }
  if (HasText(sentence, U"must be in lowercase") || HasText(sentence, U"all lowercase") ||
      lower.Search(sentence, budget)) {
    return Case::kLower;
  }
  return HasText(sentence, U"written as a short blurb") ? Case::kAny : Case::kUnknown;
}

Part PartOf(View sentence) {
  if (HasText(sentence, U"table")) {
    if (HasText(sentence, U"headings")) return Part::kTableOrHeadings;
    if (HasText(sentence, U"header")) return Part::kTableHeader;
    return HasText(sentence, U"entries") ? Part::kTableEntries : Part::kTable;
  }
  if (HasText(sentence, U"json")) {
    if (HasText(sentence, U"keys")) return Part::kJsonKeys;
    return HasText(sentence, U"values") ? Part::kJsonValues : Part::kWhole;
  }
  return HasText(sentence, U"heading") ? Part::kHeadings : Part::kWhole;
}

std::u32string Joined(const std::vector<View>& pieces) {
  std::u32string joined;
  for (const View piece : pieces) {
    if (!joined.empty()) joined += U' ';
    joined.append(piece);
  }
  return joined;
}

// The cells of the rows [begin, end), or of as many of them as there are.
std::u32string Cells(const std::vector<View>& rows, size_t begin, size_t end) {
  std::vector<View> cells;
  for (size_t i = begin; i < std::min(end, rows.size()); ++i) {
    for (const View raw : Split(rows[i], U"|")) {
      const View cell = Strip(raw);
      if (!cell.empty()) cells.push_back(cell);
    }
  }
  return Joined(cells);
}

// The first group of every match, joined; the whole text without a match.
std::u32string Matches(const BacktrackingRegex& pattern, View text, WorkBudget& budget) {
  std::vector<View> found;
  for (const RegexMatch& match : pattern.FindAll(text, budget)) found.push_back(match[1]);
  return found.empty() ? std::u32string(text) : Joined(found);
}

std::u32string Headings(View text, WorkBudget& budget) {
  static const BacktrackingRegex heading(U"^#+\\s*(.+)$", {.multiline = true});
  return Matches(heading, text, budget);
}

// A text without a bar is its own table.
std::u32string Table(View text, Part part) {
  if (!HasText(text, U"|")) return std::u32string(text);
  std::vector<View> rows;
  for (const View line : Split(text, U"\n")) {
    if (!Strip(line).empty()) rows.push_back(Strip(line));
  }
  if (part == Part::kTableHeader) return Cells(rows, 0, 1);
  if (part == Part::kTableEntries) {
    return rows.size() > 1 ? Cells(rows, 1, rows.size()) : std::u32string(text);
  }
  return Cells(rows, 0, rows.size());
}

std::u32string Extract(View text, Part part, WorkBudget& budget) {
  static const BacktrackingRegex key(U"\"([^\"]+)\"\\s*:");
  static const BacktrackingRegex value(U":\\s*\"([^\"]+)\"");
  switch (part) {
    case Part::kTable:
    case Part::kTableHeader:
    case Part::kTableEntries:
      return Table(text, part);
    case Part::kTableOrHeadings: {
      std::u32string table = Table(text, Part::kTable);
      return table.empty() ? Headings(text, budget) : table;
    }
    case Part::kJsonKeys:
    case Part::kJsonValues:
      if (!HasText(text, U"{") || !HasText(text, U"}")) break;
      return Matches(part == Part::kJsonKeys ? key : value, text, budget);
    case Part::kHeadings:
      return Headings(text, budget);
    case Part::kWhole:
      break;
  }
  return std::u32string(text);
}

bool Holds(Case wanted, View text) {
  switch (wanted) {
    case Case::kUpper:
      return ToUpper(text) == text;
    case Case::kLower:
      return ToLower(text) == text;
    case Case::kCapitalized: {
      // Only a to z are wrong.
      const std::vector<View> words = Split(text);
      return std::none_of(words.begin(), words.end(),
                          [](View word) { return word[0] >= U'a' && word[0] <= U'z'; });
    }
    case Case::kAny:
      return true;
    case Case::kUnknown:
      break;
  }
  return false;
}

}  // namespace

CheckFunction EnglishCheck(View text, WorkBudget& budget) {
  const std::u32string sentence = ToLower(Strip(text));
  return
      [wanted = CaseOf(sentence, budget), part = PartOf(sentence)](const ResponseText& response) {
        return PassIf(!response.blank() &&
                      Holds(wanted, Extract(response.text(), part, response.budget())));
      };
}

}  // namespace hir::muldimif
