// MulDimIF: the number of rows and columns of a table, and the names of its columns.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::HasText;
using python::Split;
using python::Strip;
using python::StripRight;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;
using Texts = std::vector<std::u32string>;

// What the headers must be, for a sentence that decides by them alone.
enum class SpecialHeaders {
  kNone,
  kSeries,  // A title, an author and a year.
  kFilms,   // A film or title, and a release or year.
};

struct TableRule {
  bool optional = false;  // A response without a table passes.
  bool markdown = false;
  std::optional<CountLimits> rows;
  std::optional<CountLimits> columns;
  std::optional<int64_t> most_title_words;
  Texts names;                // Of columns; each must be part of a header.
  bool names_decide = false;  // Nothing else counts, and a header may be part of a name.
  Texts contents;             // Each must be in the table, or a word of it in a header.
  SpecialHeaders special = SpecialHeaders::kNone;
};

// ---- Numbers.

struct NumberWording {
  BacktrackingRegex pattern;
  bool exactly;
};

// "#" is a placeholder for a number.
BacktrackingRegex Wording(View pattern) {
  return BacktrackingRegex(WithNumber(
      pattern,
      U"(\\d+|\\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
      U"fourteen|"
      U"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
      U"ninety|hundred)\\b)"));
}

std::vector<NumberWording> Compile(std::initializer_list<std::pair<View, bool>> wordings) {
  std::vector<NumberWording> compiled;
  for (const auto& [wording, exactly] : wordings) {
    compiled.push_back({Wording(wording), exactly});
  }
  return compiled;
}

absl::StatusOr<int64_t> NumberOf(const RegexMatch& match) {
  const auto word = EnglishNumbers().find(match[1]);
  if (word != EnglishNumbers().end()) return word->second;
  return ReadPythonInt(match[1]);
}

CountLimits LimitsOf(int64_t number, bool exactly) {
  return {exactly ? std::optional(number) : std::nullopt, number};
}

// The first of the wordings that `sentence` contains decides.
absl::StatusOr<std::optional<CountLimits>> ReadLimits(const std::vector<NumberWording>& wordings,
                                                      View sentence, WorkBudget& budget) {
  for (const auto& [pattern, exactly] : wordings) {
    if (const auto match = pattern.Search(sentence, budget)) {
      HIR_ASSIGN_OR_RETURN(const int64_t number, NumberOf(*match));
      return LimitsOf(number, exactly);
    }
  }
  return std::nullopt;
}

absl::Status ReadRows(View sentence, WorkBudget& budget, TableRule& rule) {
  static const auto* const wordings =
      new auto(Compile({{U"exactly\\s+#\\s+rows?", true},
                        {U"no\\s+more\\s+than\\s+#\\s+rows?", false},
                        {U"not\\s+have\\s+more\\s+than\\s+#\\s+rows?", false},
                        {U"must\\s+not\\s+exceed\\s+#\\s+rows?", false},
                        {U"not\\s+exceed\\s+#\\s+rows?", false},
                        {U"not\\s+exceeding\\s+#\\s+rows?", false},
                        {U"row\\s+limit\\s+of\\s+#", false},
                        {U"#\\s+rows?\\s+must\\s+be\\s+included", true},
                        {U"exactly\\s+.+and #\\s+rows?", true},
                        {U"not exceed\\s+.+and #\\s+rows?", false},
                        {U"a maximum of\\s+#\\s+rows", false},
                        {U"limited to\\s+#\\s+rows", false},
                        {U"a maximum of\\s+.+and #\\s+rows?", false},
                        {U"limit the number of rows to\\s+#", false},
                        {U"limit it to\\s+#\\s+rows", false},
                        {U"limit the table to\\s+#\\s+rows", false},
                        {U"the number of rows in each table does not exceed\\s+#", false}}));
  HIR_ASSIGN_OR_RETURN(rule.rows, ReadLimits(*wordings, sentence, budget));
  return absl::OkStatus();
}

absl::Status ReadColumns(View sentence, WorkBudget& budget, TableRule& rule) {
  static const auto* const wordings =
      new auto(Compile({{U"exactly\\s+#\\s+columns?", true},
                        {U"no\\s+more\\s+than\\s+#\\s+columns?", false},
                        {U"not\\s+have\\s+more\\s+than\\s+#\\s+columns?", false},
                        {U"must\\s+not\\s+exceed\\s+#\\s+columns?", false},
                        {U"not\\s+exceed\\s+#\\s+columns?", false},
                        {U"not\\s+exceeding\\s+#\\s+columns?", false},
                        {U"column\\s+limit\\s+of\\s+#", false},
                        {U"exactly\\s+.+and #\\s+columns?", true},
                        {U"in\\s+#\\s+columns", true},
                        {U"not exceed\\s+.+and #\\s+columns?", false},
                        {U"maximum of\\s+#\\s+columns", false},
                        {U"maximum\\s+#\\s+columns", false},
                        {U"at most\\s+#\\s+columns", false},
                        {U"limited to\\s+#\\s+columns", false},
                        {U"a maximum of\\s+.+and #\\s+columns?", false},
                        {U"limit the number of columns to\\s+#", false},
                        {U"limit it to\\s+#\\s+columns", false},
                        {U"limit the table to\\s+#\\s+columns", false},
                        {U"the number of columns in each table does not exceed\\s+#", false}}));
  static const BacktrackingRegex kTitle = Wording(U"title must not exceed #\\s+words");
  HIR_ASSIGN_OR_RETURN(rule.columns, ReadLimits(*wordings, sentence, budget));
  if (rule.columns) return absl::OkStatus();
  if (HasText(sentence, U"a single column") || HasText(sentence, U"each single column") ||
      HasText(sentence, U"presented in one single column")) {
    rule.columns = LimitsOf(1, /*exactly=*/true);
  } else if (const auto match = kTitle.Search(sentence, budget)) {
    HIR_ASSIGN_OR_RETURN(rule.most_title_words, NumberOf(*match));
  }
  return absl::OkStatus();
}

// ---- Names and contents.

void Append(const std::vector<View>& texts, Texts& to) {
  for (const View text : texts) {
    if (!text.empty()) to.emplace_back(text);
  }
}

// What is in double quotation marks, without a comma at its end.
std::vector<View> QuotedNames(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex kQuoted(U"\"([^\"]+)\"");
  std::vector<View> names;
  for (const RegexMatch& match : kQuoted.FindAll(sentence, budget)) {
    const View name = Strip(StripRight(Strip(match[1]), U","));
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

// The official code means to split at commas and "and"; it also splits at each of those letters.
std::vector<View> SplitNames(View names) {
  std::vector<View> pieces;
  for (size_t from = 0; from <= names.size();) {
    const size_t end = std::min(names.find_first_of(U",、，和and", from), names.size());
    pieces.push_back(Strip(names.substr(from, end - from), U"'\" "));
    from = end + 1;
  }
  return pieces;
}

void ReadNames(View sentence, WorkBudget& budget, Texts& names) {
  static const BacktrackingRegex kNames[] = {
      BacktrackingRegex(U"columns?\\s+should\\s+be\\s+([\\w\\s,]+)"),
      BacktrackingRegex(U"columns:\\s+([\\w\\s,']+)"),
      BacktrackingRegex(U"must include columns for\\s+\"([^\"]+)\""),
      // The official code takes "for" or "named" for the name.
      BacktrackingRegex(U"table must include columns (for|named)\\s+\"[^\"]+\"")};
  for (const BacktrackingRegex& pattern : kNames) {
    if (const auto match = pattern.Search(sentence, budget)) Append(SplitNames((*match)[1]), names);
  }
  static const BacktrackingRegex kColumnsFor(U"include columns for\\s+(?:\"([^\"]+)\",?\\s*)+");
  static const BacktrackingRegex kQuoted(U"\"([^\"]+)\"");
  if (const auto match = kColumnsFor.Search(sentence, budget)) {
    for (const RegexMatch& quoted : kQuoted.FindAll((*match)[0], budget)) {
      Append({Strip(quoted[1])}, names);
    }
  }
  if (names.empty()) Append(QuotedNames(sentence, budget), names);
}

// "a, b and its c"; what follows a second "and" does not count.
void AppendContents(View list, Texts& contents) {
  constexpr View kIts = U"its ";
  const std::vector<View> halves = Split(list, U" and ");
  if (halves.size() == 1) {
    for (size_t from = 0; from <= list.size();) {
      const size_t end = std::min(list.find_first_of(U",、，", from), list.size());
      Append({Strip(list.substr(from, end - from))}, contents);
      from = end + 1;
    }
    return;
  }
  for (const View item : Split(halves[0], U",")) Append({Strip(item)}, contents);
  const View last = halves[1];
  Append({Strip(last.starts_with(kIts) ? last.substr(kIts.size()) : last)}, contents);
}

void ReadContents(View sentence, WorkBudget& budget, Texts& contents) {
  static const BacktrackingRegex kMustInclude(
      U"each (entry|row|item|game|series) must include (?:the\\s+)?"
      U"([\\w\\s,]+(?:\\s+and\\s+(?:its|their)\\s+[\\w\\s,]+)?)");
  static const BacktrackingRegex kShouldShow(
      U"each (entry|row|item|game|series) should (?:be )?(present|include|contain|show)(?:ed)? "
      U"(?:in|with)?\\s+([\\w\\s,]+)");
  static const BacktrackingRegex kAndIts(
      U"each\\s+\\w+\\s+must\\s+include\\s+(?:the\\s+)?([\\w\\s]+\\s+and\\s+its\\s+[\\w\\s]+)");
  static const BacktrackingRegex kIts(U"\\s+and\\s+its\\s+");
  if (const auto match = kMustInclude.Search(sentence, budget)) {
    AppendContents((*match)[2], contents);
  }
  if (const auto match = kShouldShow.Search(sentence, budget)) {
    AppendContents((*match)[3], contents);
  }
  if (const auto match = kAndIts.Search(sentence, budget)) {
    for (const View part : kIts.Split((*match)[1], budget)) Append({Strip(part)}, contents);
  }
}

// ---- The sentence.

bool IsOptional(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex kOptional[] = {
      BacktrackingRegex(U"if you (include|use|utilize|incorporate|present) (a |any )?"
                        U"(tables?|tabular data)"),
      BacktrackingRegex(U"if you (decide|choose|opt) to (use|include|incorporate|present|utilize) "
                        U"(a |any )?(tables?|tabular data)"),
      BacktrackingRegex(U"if (a |any )?(tables?|tabular data|table format) (is|are) "
                        U"(used|included|utilized|incorporated|presented|chosen)"),
      BacktrackingRegex(U"if there (is|are) (a |any )?(tables?|tabular data|table format) "
                        U"(used|included|utilized|incorporated|presented|chosen)"),
      // Two wordings of the official code that run together, since a comma is missing.
      BacktrackingRegex(U"if you (decide|choose|opt) to (use|include|incorporate|present|utilize) "
                        U"(your )?information in a tableif presented in a table")};
  return !HasText(sentence, U"table") ||
         std::any_of(std::begin(kOptional), std::end(kOptional), [&](const auto& pattern) {
           return pattern.Search(sentence, budget).has_value();
         });
}

SpecialHeaders ReadSpecialHeaders(View sentence) {
  const auto has = [&](View word) { return HasText(sentence, word); };
  if (has(U"series must include") && has(U"title") && has(U"author") && has(U"year")) {
    return SpecialHeaders::kSeries;
  }
  if (has(U"film title") && has(U"release year")) return SpecialHeaders::kFilms;
  return SpecialHeaders::kNone;
}

absl::StatusOr<TableRule> ReadTableRule(View text, WorkBudget& budget) {
  static const BacktrackingRegex kTitle = Wording(U"title\\s+must\\s+not\\s+exceed\\s+#\\s+words");
  const std::u32string sentence = ToLower(text);
  const auto has = [&](View word) { return HasText(sentence, word); };
  TableRule rule;
  rule.optional = IsOptional(sentence, budget);
  rule.markdown = has(U"markdown");
  rule.special = ReadSpecialHeaders(sentence);
  HIR_RETURN_IF_ERROR(ReadRows(sentence, budget, rule));
  HIR_RETURN_IF_ERROR(ReadColumns(sentence, budget, rule));
  if (has(U"series must include") && has(U"title") && has(U"author")) {
    rule.contents = {U"title", U"author", U"year", U"publication"};
  }
  if (has(U"columns for")) {
    Append(QuotedNames(sentence, budget), rule.names);
    if (!rule.names.empty()) {
      rule.names_decide = true;
      return rule;
    }
  }
  ReadNames(sentence, budget, rule.names);
  rule.names_decide = has(U"columns for") && !rule.names.empty();
  ReadContents(sentence, budget, rule.contents);
  if (has(U"single column")) rule.columns = LimitsOf(1, /*exactly=*/true);
  if (const auto match = kTitle.Search(sentence, budget)) {
    HIR_ASSIGN_OR_RETURN(rule.most_title_words, NumberOf(*match));
  }
  return rule;
}

// ---- The table.

// A response's text from its first bar to its last.
struct Table {
  std::vector<View> lines;  // Without blank ones and white space around them.
  Texts headers;            // In lower case.

  explicit Table(View text) {
    const size_t begin = text.find(U'|');
    const size_t end = text.rfind(U'|');
    if (begin == end) return;
    for (const View line : Split(text.substr(begin, end - begin + 1), U"\n")) {
      if (const View bare = Strip(line); !bare.empty()) lines.push_back(bare);
    }
    const std::vector<View> cells = Split(lines[0], U"|");
    for (size_t i = 1; i + 1 < cells.size(); ++i) headers.push_back(ToLower(Strip(cells[i])));
  }

  bool AnyHeaderHas(std::initializer_list<View> words) const {
    return std::any_of(headers.begin(), headers.end(), [&](View header) {
      return std::any_of(words.begin(), words.end(),
                         [&](View word) { return HasText(header, word); });
    });
  }
};

bool Allows(const CountLimits& limits, int64_t count) {
  return (!limits.least || count >= *limits.least) && (!limits.most || count <= *limits.most);
}

bool HasSize(const TableRule& rule, const Table& table) {
  const auto lines = static_cast<int64_t>(table.lines.size());
  if (rule.rows) {
    const bool ruled = lines > 1 && HasText(table.lines[1], U"---");
    if (!Allows(*rule.rows, lines - (ruled ? 2 : 1))) return false;
  }
  if (rule.columns) {
    if (lines == 0) return false;
    const auto columns = static_cast<int64_t>(Split(table.lines[0], U"|").size()) - 2;
    if (!Allows(*rule.columns, columns)) return false;
  }
  if (rule.most_title_words) {
    if (lines == 0) return false;
    const auto words = static_cast<int64_t>(Split(Strip(table.lines[0], U"|")).size());
    if (words > *rule.most_title_words) return false;
  }
  return true;
}

bool HasNames(const TableRule& rule, const Table& table) {
  return std::all_of(rule.names.begin(), rule.names.end(), [&](const std::u32string& name) {
    return std::any_of(table.headers.begin(), table.headers.end(),
                       [&](const std::u32string& header) {
                         return HasText(header, name) ||
                                (rule.names_decide && name.find(header) != std::u32string::npos);
                       });
  });
}

bool HasContents(const TableRule& rule, const Table& table) {
  std::u32string content;
  for (const View line : table.lines) {
    if (!content.empty()) content += U' ';
    content += line;
  }
  std::replace(content.begin(), content.end(), U'|', U' ');
  content = ToLower(content);
  const auto has = [&](const std::u32string& wanted) {
    // The official code takes the year for the publication.
    if (wanted == U"publication") return true;
    if (HasText(content, wanted)) return true;
    const std::vector<View> words = Split(wanted);
    return std::any_of(words.begin(), words.end(),
                       [&](View word) { return table.AnyHeaderHas({word}); });
  };
  return std::all_of(rule.contents.begin(), rule.contents.end(), has);
}

bool Holds(const TableRule& rule, View text) {
  if (text.find(U'|') == View::npos) return rule.optional;
  const Table table(text);
  if (rule.markdown && std::none_of(table.lines.begin(), table.lines.end(),
                                    [](View line) { return line.starts_with(U'|'); })) {
    return false;
  }
  if (!HasSize(rule, table)) return false;
  if (rule.special == SpecialHeaders::kSeries) {
    return table.AnyHeaderHas({U"title"}) && table.AnyHeaderHas({U"author"}) &&
           table.AnyHeaderHas({U"year"});
  }
  if (!HasNames(rule, table)) return false;
  if (rule.names_decide) return true;
  if (rule.special == SpecialHeaders::kFilms) {
    return table.AnyHeaderHas({U"film", U"title"}) && table.AnyHeaderHas({U"release", U"year"});
  }
  return HasContents(rule, table);
}

}  // namespace

CheckFunction TableCheck(View text, WorkBudget& budget) {
  auto rule = ReadTableRule(text, budget);
  if (!rule.ok()) return RaisingCheck(rule.status());
  return [rule = *std::move(rule)](const ResponseText& response) {
    return PassIf(Holds(rule, response.text()));
  };
}

}  // namespace hir::muldimif
