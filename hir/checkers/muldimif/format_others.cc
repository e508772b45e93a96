// MulDimIF: XML attributes, bullets, block quotes, rows of tables, references, lengths.
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::Split;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexEscape;
using regex::RegexMatch;

// What the pattern of a rule found: a text, and its value if it is a number.
struct Found {
  std::u32string text;
  int64_t number = 0;
  bool is_number_word = false;
};

using MakeCheck = std::function<CheckFunction(const Found&)>;

// Whether `pattern` is found or, if `wanted` is false, is not found.
MakeCheck Finds(View pattern, const BacktrackingRegex::Options& options, bool wanted = true) {
  return [regex = BacktrackingRegex(pattern, options), wanted](const Found&) -> CheckFunction {
    return [regex, wanted](const ResponseText& response) {
      return PassIf(regex.Search(response.text(), response.budget()).has_value() == wanted);
    };
  };
}

// Whether the length is in (above, most].
MakeCheck HasLength(size_t above, size_t most) {
  return [above, most](const Found&) -> CheckFunction {
    return [above, most](const ResponseText& response) {
      const size_t length = response.text().size();
      return PassIf((above == 0 || length > above) && length <= most);
    };
  };
}

// Whether the number of attributes of every XML element is within the limits. In a text with
// several blocks of XML only the first counts.
CheckResult CheckAttributes(const CountLimits& limits, const ResponseText& response) {
  static const BacktrackingRegex block(U"```xml(.*?)```", {.dot_all = true});
  static const BacktrackingRegex element(
      U"<\\s*([a-zA-Z_:][\\w:.-]*)\\s*(?:\\s+[a-zA-Z_:][\\w:.-]*=['\"][^'\"]*['\"])*\\s*/?>");
  static const BacktrackingRegex attribute(U"(\\w+)=[\"'][^\"']*[\"']");
  View text = response.text();
  if (text.find(U"```xml") != View::npos) {
    const auto match = block.Search(text, response.budget());
    if (!match) return PassIf(false);
    text = (*match)[1];
  }
  const auto elements = element.FindAll(text, response.budget());
  return PassIf(std::all_of(elements.begin(), elements.end(), [&](const RegexMatch& match) {
    return limits.Allow(attribute.FindAll(match[0], response.budget()).size());
  }));
}

MakeCheck HasAttributes(LimitKind kind, std::optional<int64_t> fixed = std::nullopt) {
  return [kind, fixed](const Found& found) -> CheckFunction {
    const int64_t number = fixed.value_or(found.number);
    CountLimits limits;
    if (kind != LimitKind::kAtMost) limits.least = number;
    if (kind != LimitKind::kAtLeast) limits.most = number;
    return [limits](const ResponseText& response) { return CheckAttributes(limits, response); };
  };
}

// Rows of a Markdown table, without the line below its head, and of an HTML one.
CheckFunction HasAtMostRows(const Found& found) {
  static const BacktrackingRegex row(U"^\\|.*\\|$", {.multiline = true});
  static const BacktrackingRegex line(U"^\\|(\\s*-+\\s*\\|)+$");
  return [most = found.number](const ResponseText& response) {
    const auto rows = row.FindAll(response.text(), response.budget());
    const auto data = std::count_if(rows.begin(), rows.end(), [&](const RegexMatch& match) {
      return !line.Match(match[0], response.budget());
    });
    const auto html = static_cast<int64_t>(Split(response.lower(), U"<tr>").size()) - 1;
    return PassIf(data <= most && html <= most);
  };
}

CheckFunction HasReferences(const Found& found) {
  static const BacktrackingRegex reference(U"(\\[\\d+\\]|\\([A-Za-z]+, \\d{4}\\))");
  return [least = found.number](const ResponseText& response) {
    const auto references = reference.FindAll(response.text(), response.budget());
    return PassIf(static_cast<int64_t>(references.size()) >= least);
  };
}

CheckFunction HasPhrase(const Found& found) {
  if (found.is_number_word) {
    return [](const ResponseText&) {
      return Undecidable("The official checker takes the phrase for a number and raises.");
    };
  }
  const BacktrackingRegex phrase(U"\\b" + RegexEscape(found.text) + U"\\b", {.ignore_case = true});
  return [phrase](const ResponseText& response) {
    return PassIf(phrase.Search(response.text(), response.budget()).has_value());
  };
}

CheckFunction HasBlockQuotes(const Found&) {
  static const BacktrackingRegex quote(U"^>", {.multiline = true});
  return [](const ResponseText& response) {
    return PassIf(quote.Search(response.text(), response.budget()) ||
                  response.lower().find(U"<blockquote>") != View::npos);
  };
}

CheckFunction Passes(const Found&) {
  return [](const ResponseText&) { return PassIf(true); };
}

struct Rule {
  BacktrackingRegex pattern;
  MakeCheck make;
};

// In the order in which they are tried.
const std::vector<Rule>& Rules() {
  static const auto* const rules = [] {
    const std::u32string number = U"(\\d+|one|two|three|four|five|six|seven|eight|nine|ten)";
    const BacktrackingRegex::Options plain = {}, lines = {.multiline = true};
    auto* filled = new std::vector<Rule>;
    const auto add = [filled](const std::u32string& pattern, MakeCheck make) {
      filled->push_back({BacktrackingRegex(pattern, {.ignore_case = true}), std::move(make)});
    };
    using enum LimitKind;
    add(U"no more than " + number + U" attributes?", HasAttributes(kAtMost));
    add(U"must not exceed " + number + U"(?:.*)?attributes?", HasAttributes(kAtMost));
    add(U"Limit the number of attributes to two", HasAttributes(kExactly, 2));
    add(U"Number of attributes must be exactly " + number, HasAttributes(kExactly));
    add(U"must have exactly " + number + U" attributes?", HasAttributes(kExactly));
    add(U"must include exactly " + number + U" attributes?", HasAttributes(kExactly));
    add(U"at least " + number + U" attributes?", HasAttributes(kAtLeast));
    add(U"Must include '(.*?)'", HasPhrase);
    add(U"Must be in APA format", Finds(U"\\(\\s*\\w+,\\s*\\d{4}\\s*\\)", plain));
    add(U"must be provided in APA format", Finds(U"\\(\\s*\\w+,\\s*\\d{4}\\s*\\)", plain));
    add(U"No bullet points", Finds(U"^\\s*[-*]", lines, /*wanted=*/false));
    add(U"Must be listed as bullet points", Finds(U"^\\s*[-*]", lines));
    add(U"is structured as bullet points", Finds(U"^\\s*[-*]", lines));
    add(U"block quotes format", HasBlockQuotes);
    add(U"be formatted in block quotes", HasBlockQuotes);
    add(U"no more than " + number + U" rows", HasAtMostRows);
    add(U"table with no more than " + number + U" rows", HasAtMostRows);
    add(U"a table, which is limited to a maximum of " + number + U" rows", HasAtMostRows);
    add(U"full sentences", Passes);
    add(U"short blurb", HasLength(0, 200));
    add(U"The answer must include at least " + number + U" references?", HasReferences);
    add(U"No lists", Finds(U"^\\s*(\\d+\\.)\\s", lines, /*wanted=*/false));
    add(U"No number points", Finds(U"^\\s*\\d+\\.", lines, /*wanted=*/false));
    add(U"Response must be written at medium length", HasLength(200, 400));
    return filled;
  }();
  return *rules;
}

}  // namespace

CheckFunction FormatOthersCheck(View text, WorkBudget& budget) {
  static const auto* const words =
      new NumberWords{{U"one", 1}, {U"two", 2},   {U"three", 3}, {U"four", 4}, {U"five", 5},
                      {U"six", 6}, {U"seven", 7}, {U"eight", 8}, {U"nine", 9}, {U"ten", 10}};
  for (const Rule& rule : Rules()) {
    const auto match = rule.pattern.Search(text, budget);
    if (!match) continue;
    Found found;
    if (match->groups() > 0) {
      found.text = (*match)[1];
      const auto word = words->find(ToLower(found.text));
      found.is_number_word = word != words->end();
      found.number = found.is_number_word ? word->second : ReadPythonInt(found.text).value_or(0);
    }
    return rule.make(found);
  }
  return [](const ResponseText&) { return PassIf(false); };
}

}  // namespace hir::muldimif
