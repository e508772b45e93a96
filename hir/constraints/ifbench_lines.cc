// IFBench: formats that are looked at line by line.
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "hir/constraints/ifbench.h"
#include "hir/text/punkt.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

// Blank lines are removed while they are walked over, as the official code does: each removal takes
// the first line that is equal, and the line behind is skipped.
std::vector<View> WithoutBlankLines(const std::vector<View>& lines) {
  std::map<View, std::deque<size_t>> blank;  // Places of each blank line that are not removed.
  for (size_t i = 0; i < lines.size(); ++i) {
    if (Strip(lines[i]).empty()) blank[lines[i]].push_back(i);
  }
  std::vector<bool> removed(lines.size(), false);
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto found = blank.find(lines[i]);
    if (found == blank.end()) continue;
    removed[found->second.front()] = true;
    found->second.pop_front();
    ++i;
  }
  std::vector<View> kept;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!removed[i]) kept.push_back(lines[i]);
  }
  return kept;
}

size_t Indentation(View line) { return line.size() - StripLeft(line, U" ").size(); }

// Tabs do not count.
CheckResult IndentationRises(const ResponseText& response) {
  const std::vector<View> lines = WithoutBlankLines(Split(response.text(), U"\n"));
  for (size_t i = 1; i < lines.size(); ++i) {
    if (Indentation(lines[i]) <= Indentation(lines[i - 1])) return PassIf(false);
  }
  return PassIf(true);
}

size_t CountSentences(Ruleset ruleset, View line) {
  return ruleset == Ruleset::kIfbench020 ? Sentences(line).size() : RegexSentences(line).size();
}

// Two sentences, then nothing but bullets, two at least. A line without sentences, such as a blank
// one, ends the sentences.
CheckResult HasSentencesThenBullets(Ruleset ruleset, const ResponseText& response) {
  const auto size = static_cast<int64_t>(response.text().size());
  if (!response.budget().Charge(size * kRegexSentenceWork)) {
    return Undecidable(kWorkBudgetExhausted);
  }
  size_t sentences = 0, bullets = 0;
  bool in_sentences = true;
  for (const View raw : Split(response.text(), U"\n")) {
    const View line = Strip(raw);
    if (line.starts_with(U'*')) {
      in_sentences = false;
      if (sentences < 2) return PassIf(false);
      ++bullets;
    } else if (in_sentences) {
      const size_t count = CountSentences(ruleset, line);
      in_sentences = count > 0;
      sentences += count;
    } else {
      return PassIf(false);
    }
  }
  return PassIf(bullets >= 2);
}

}  // namespace

void RegisterIfbenchLines(CheckerRegistry& registry, Ruleset ruleset) {
  RegisterPlain(registry, "format:line_indent", IndentationRises);
  RegisterPlain(registry, "format:no_bullets_bullets", [ruleset](const ResponseText& response) {
    return HasSentencesThenBullets(ruleset, response);
  });
}

}  // namespace hir
