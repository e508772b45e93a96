// MulDimIF: the mark with which the text, its sentences, paragraphs, cells or bullets must end, or
// must not.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hir/checkers/muldimif/rules.h"
#include "hir/text/nltk/punkt.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using nltk::kSentenceWork;
using nltk::SentenceSpans;
using python::HasText;
using python::IsPunctuation;
using python::kPunctuation;
using python::Split;
using python::Strip;
using python::StripRight;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;
using scan::ScanText;
using scan::TextSpan;

struct Mark {
  View name;
  char32_t mark;
};
constexpr Mark kMarks[] = {
    {U"period", U'.'}, {U"question mark", U'?'}, {U"exclamation mark", U'!'}, {U"semicolon", U';'}};

enum class Unit { kWhole, kSentences, kParagraphs, kCells, kBullets };

struct Rule {
  Unit unit = Unit::kWhole;  // What must, or must not, end so.
  bool negative = false;
  std::optional<std::u32string> ending;  // A mark, if its name is plain, and what follows it.
  std::u32string allowed;
  std::optional<char32_t> bullet;  // The mark of bullets; any of the ASCII ones when not given.
};

Unit UnitOf(View sentence) {
  if (HasText(sentence, U"bullet point")) return Unit::kBullets;
  if (HasText(sentence, U"table") || HasText(sentence, U"cell")) return Unit::kCells;
  if (HasText(sentence, U"paragraph") || HasText(sentence, U"section")) return Unit::kParagraphs;
  return HasText(sentence, U"each") || HasText(sentence, U"any") || HasText(sentence, U"all")
             ? Unit::kSentences
             : Unit::kWhole;
}

Rule ReadEnding(View sentence, WorkBudget& budget) {
  // The official patterns ignore case, by which a long s is an s and a dotless i is an i.
  static const BacktrackingRegex negative(U"\\b(must not|avoid|exclude|not end with|do not use)\\b",
                                          {.ignore_case = true});
  static const BacktrackingRegex followed(
      U"(period|question mark|exclamation mark|semicolon)\\s+followed by a `([^`]+)`",
      {.ignore_case = true});
  static const BacktrackingRegex named(
      U"\\b(periods?|question marks?|exclamation marks?|semicolons?|punctuation marks?)\\b");
  Rule rule{.unit = UnitOf(sentence)};
  rule.negative = negative.Search(sentence, budget).has_value();
  for (const Mark& mark : kMarks) {
    if (!rule.bullet && HasText(sentence, mark.name)) rule.bullet = mark.mark;
  }
  if (const auto match = followed.Search(sentence, budget)) {
    rule.ending.emplace();
    for (const Mark& mark : kMarks) {
      if (mark.name == (*match)[1]) *rule.ending += mark.mark;
    }
    rule.ending->append((*match)[2]);
  }
  for (const RegexMatch& match : named.FindAll(sentence, budget)) {
    const View name = StripRight(match[1], U"s");
    if (name == U"punctuation mark") {
      rule.allowed = kPunctuation;
      break;
    }
    for (const Mark& mark : kMarks) {
      if (mark.name == name) rule.allowed += mark.mark;
    }
  }
  return rule;
}

std::vector<View> Paragraphs(View text) {
  std::vector<View> paragraphs;
  for (const View line : Split(text, U"\n")) {
    if (!Strip(line).empty()) paragraphs.push_back(Strip(line));
  }
  return paragraphs;
}

// The first two rows are the head; the cells of a text with one row are those of that row.
std::vector<View> Cells(View text) {
  std::vector<View> rows = Split(text, U"\n");
  if (rows.size() > 1) rows.erase(rows.begin(), rows.begin() + 2);
  std::vector<View> cells;
  for (const View row : rows) {
    for (const View raw : Split(Strip(row, U"|"), U"|")) {
      const View cell = Strip(raw);
      if (!cell.empty() && !Strip(cell, U"-").empty()) cells.push_back(cell);
    }
  }
  return cells;
}

// None over budget.
std::vector<View> SentencesOf(View text, WorkBudget& budget) {
  if (!budget.Charge(static_cast<int64_t>(text.size()) * kSentenceWork)) return {};
  std::vector<View> sentences;
  for (const TextSpan span : SentenceSpans(ScanText(std::u32string(text)))) {
    sentences.push_back(text.substr(span.begin, span.size));
  }
  return sentences;
}

std::vector<View> UnitsOf(Unit unit, View text, WorkBudget& budget) {
  switch (unit) {
    case Unit::kSentences:
      return SentencesOf(text, budget);
    case Unit::kParagraphs:
      return Paragraphs(text);
    case Unit::kCells:
      return Cells(text);
    case Unit::kWhole:
    case Unit::kBullets:
      break;
  }
  return {text};
}

bool BulletsEndSo(const Rule& rule, View text, WorkBudget& budget) {
  static const BacktrackingRegex bullet(U"^[\\-\\*\\•]\\s.*$", {.multiline = true});
  const std::vector<RegexMatch> points = bullet.FindAll(text, budget);
  return std::all_of(points.begin(), points.end(), [&](const RegexMatch& point) {
    const std::vector<View> sentences = SentencesOf(point[0], budget);
    return std::all_of(sentences.begin(), sentences.end(), [&](View sentence) {
      const View stripped = Strip(sentence);
      if (stripped.empty()) return false;
      return rule.bullet ? stripped.back() == *rule.bullet : IsPunctuation(stripped.back());
    });
  });
}

}  // namespace

CheckFunction PunctuationCheck(View text, WorkBudget& budget) {
  const std::u32string sentence = ToLower(Strip(text));
  return [rule = ReadEnding(StripRight(sentence, U"."), budget)](const ResponseText& response) {
    const View stripped = response.stripped();
    if (rule.unit == Unit::kBullets) {
      return PassIf(BulletsEndSo(rule, stripped, response.budget()));
    }
    const std::vector<View> units = UnitsOf(rule.unit, stripped, response.budget());
    // Only a blank text is an empty unit.
    if (std::any_of(units.begin(), units.end(), [](View unit) { return unit.empty(); })) {
      return PassIf(rule.negative);
    }
    return PassIf(std::all_of(units.begin(), units.end(), [&](View unit) {
      if (rule.ending) return unit.ends_with(*rule.ending);
      return (rule.allowed.find(unit.back()) != View::npos) != rule.negative;
    }));
  };
}

}  // namespace hir::muldimif
