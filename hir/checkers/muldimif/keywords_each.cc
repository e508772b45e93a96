// MulDimIF: keywords that each item, section, cell or member must have, by the form of the
// response.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hir/checkers/muldimif/elements.h"
#include "hir/checkers/muldimif/keywords.h"
#include "hir/checkers/muldimif/numbers.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::IsWord;
using python::JsonOutcome;
using python::PythonStr;
using python::PythonValue;
using python::Split;
using python::Strip;
using python::StripLeft;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexSubject;
using scan::ScanText;

// Only the word characters, in lower case.
std::u32string Normalized(View word) {
  std::u32string normalized(word);
  std::erase_if(normalized, [](char32_t c) { return !IsWord(c); });
  return ToLower(normalized);
}

// The cells between the outer bars of a row.
std::vector<View> CellsOf(View row) {
  std::vector<View> cells = Split(row, U"|");
  cells.erase(cells.begin());
  if (!cells.empty()) cells.pop_back();
  for (View& cell : cells) cell = Strip(cell);
  return cells;
}

// A cell without the marks of a heading.
View BareCell(View cell) { return Strip(StripLeft(cell, U"#")); }

struct Table {
  std::vector<View> headers;
  std::vector<std::vector<View>> rows;  // Each as long as `headers`.
};

// All tables count as one, with the headers of the first; its second row is dropped, whatever it
// is.
Table ReadTable(const std::vector<View>& lines) {
  std::vector<View> table_lines;
  for (const View line : lines) {
    const View row = Strip(line);
    if (row.starts_with(U'|') && row.ends_with(U'|')) table_lines.push_back(row);
  }
  Table table;
  if (table_lines.size() < 3) return table;
  table.headers = CellsOf(table_lines[0]);
  for (size_t i = 2; i < table_lines.size(); ++i) {
    auto cells = CellsOf(table_lines[i]);
    if (cells.size() == table.headers.size()) table.rows.push_back(std::move(cells));
  }
  return table;
}

// The header with most of the target's words; nothing, if no header has any.
const View* BestHeader(const std::vector<View>& headers, View target) {
  std::set<std::u32string> wanted;
  for (const View word : Split(target)) wanted.insert(Normalized(word));
  wanted.erase(U"");
  const View* best = nullptr;
  std::ptrdiff_t most = 0;
  for (const View& header : headers) {
    const auto words = Split(header);
    const auto matches = std::count_if(
        words.begin(), words.end(), [&](View word) { return wanted.contains(Normalized(word)); });
    if (matches > most) {
      most = matches;
      best = &header;
    }
  }
  return best;
}

// The cells below the header that matches the target best, else below the one with most words.
std::vector<View> TableElements(const std::vector<View>& lines, View target) {
  const Table table = ReadTable(lines);
  if (table.headers.empty() || table.rows.empty()) return {};
  // The last of several equal headers counts.
  std::map<View, size_t> columns;
  for (size_t i = 0; i < table.headers.size(); ++i) columns[table.headers[i]] = i;

  const View* header = BestHeader(table.headers, target);
  if (header == nullptr) {
    size_t most = 0;
    for (const View& candidate : table.headers) {
      size_t words = 0;
      for (const auto& row : table.rows) words += Split(BareCell(row[columns[candidate]])).size();
      if (header == nullptr || words > most) {
        most = words;
        header = &candidate;
      }
    }
  }
  std::vector<View> cells;
  for (const auto& row : table.rows) cells.push_back(BareCell(row[columns[*header]]));
  return cells;
}

bool IsSeparator(View line) {
  const View bare = Strip(line);
  return bare.size() >= 3 && View(U"-*=").find(bare[0]) != View::npos &&
         bare.find_first_not_of(bare[0]) == View::npos;
}

// The parts between lines of dashes, stars or equals signs.
std::vector<View> Sections(View text, const std::vector<View>& lines) {
  std::vector<View> sections;
  const char32_t* begin = nullptr;
  const char32_t* end = nullptr;
  const auto close = [&] {
    if (begin != nullptr) sections.push_back(Strip(View(begin, static_cast<size_t>(end - begin))));
    begin = nullptr;
  };
  for (const View line : lines) {
    if (IsSeparator(line)) {
      close();
      continue;
    }
    if (begin == nullptr) begin = line.data();
    end = line.data() + line.size();
  }
  close();
  if (sections.empty()) sections.push_back(text);
  return sections;
}

std::vector<View> Elements(ResponseForm form, View text, const std::vector<View>& lines,
                           View target) {
  std::vector<View> elements;
  switch (form) {
    case ResponseForm::kTable:
      return TableElements(lines, target);
    case ResponseForm::kNumbered:
      for (const View line : lines) {
        if (BeginsNumbered(line)) elements.push_back(Strip(After(line, U'.')));
      }
      return elements;
    case ResponseForm::kBullets:
      for (const View line : lines) {
        if (BeginsBullet(line)) elements.push_back(Strip(After(line, U' ')));
      }
      return elements;
    case ResponseForm::kJson:
    case ResponseForm::kPlain:
      break;
  }
  return Sections(text, lines);
}

// The first element that does not pass decides; a response without elements fails.
CheckResult CheckEach(const KeywordRule& rule, View target, const ResponseText& response) {
  const View text = response.text();
  WorkBudget& budget = response.budget();
  const std::vector<View> lines = Split(text, U"\n");
  const ResponseForm form = FormOf(text, lines);
  std::vector<std::u32string> values;  // Of a JSON text, as str() writes them.
  std::vector<View> elements;
  if (form == ResponseForm::kJson) {
    PythonValue json;
    const JsonOutcome outcome = ReadJson(text, json, budget);
    if (outcome == JsonOutcome::kInvalid) return PassIf(false);
    if (outcome != JsonOutcome::kValid) return Undecidable(kJsonRaises);
    for (const PythonValue& item : json.items) values.push_back(PythonStr(item));
    elements.assign(values.begin(), values.end());
  } else {
    elements = Elements(form, text, lines, target);
  }
  for (const View element : elements) {
    const ScanText scan{std::u32string(element)};
    RegexSubject subject(scan, budget);
    const CheckResult result = rule.Check(subject);
    if (result.verdict != Verdict::kPass) return result;
  }
  return PassIf(!elements.empty());
}

}  // namespace

CheckFunction KeywordsOfEachCheck(View text, WorkBudget& budget) {
  static const BacktrackingRegex kSentence(
      U"\\b(each|every)\\s+(.+?)\\s+(must|should|needs to|has to)\\s+(.*)", {.ignore_case = true});
  const auto match = kSentence.Search(text, budget);
  if (!match) return [](const ResponseText&) { return PassIf(false); };
  auto rule = KeywordRule::Read((*match)[4], budget);
  if (!rule.ok()) return RaisingCheck(rule.status());
  return [rule = *std::move(rule), target = ToLower((*match)[2])](const ResponseText& response) {
    return CheckEach(rule, target, response);
  };
}

}  // namespace hir::muldimif
