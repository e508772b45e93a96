// IFBench: formats that are checked line by line.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "hir/checkers/core/regex_sentences.h"
#include "hir/checkers/ifbench/common.h"
#include "hir/text/nltk/punkt.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifbench {
namespace {

using nltk::SentenceSpans;
using python::Split;
using python::Strip;
using python::View;
using scan::Needle;
using scan::ScanText;
using scan::TextSpan;

// Removes blank lines as the official code does, from a list that it iterates over: each removal
// takes the first line that is equal, and the line after it is skipped.
std::vector<TextSpan> WithoutBlankLines(const ScanText& text, const std::vector<TextSpan>& lines) {
  struct Equals {
    std::vector<size_t> places;
    size_t removed = 0;  // That many, from the first.
  };
  std::map<View, Equals> blank;
  std::vector<Equals*> equals(lines.size(), nullptr);  // Of each blank line.
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!Strip(text, lines[i]).empty()) continue;
    equals[i] = &blank[CodePointsOf(text, lines[i])];
    equals[i]->places.push_back(i);
  }
  std::vector<bool> removed(lines.size(), false);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (equals[i] == nullptr) continue;
    removed[equals[i]->places[equals[i]->removed++]] = true;
    ++i;
  }
  std::vector<TextSpan> kept;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!removed[i]) kept.push_back(lines[i]);
  }
  return kept;
}

size_t Indentation(const ScanText& text, TextSpan line) {
  return std::min(BytesOf(text, line).find_first_not_of(' '), line.size);
}

// Tabs do not count.
CheckResult IndentationRises(const ResponseText& response) {
  static const auto* const newline = new Needle(U"\n");
  const ScanText& text = response.scan();
  const std::vector<TextSpan> lines = WithoutBlankLines(text, SplitAt(text, *newline));
  for (size_t i = 1; i < lines.size(); ++i) {
    if (Indentation(text, lines[i]) <= Indentation(text, lines[i - 1])) return PassIf(false);
  }
  return PassIf(true);
}

size_t CountSentences(Ruleset ruleset, View line) {
  return ruleset == Ruleset::kIfbench020 ? SentenceSpans(ScanText(std::u32string(line))).size()
                                         : RegexSentences(line).size();
}

// Two sentences, then only bullets, at least two. A line without sentences, such as a blank one,
// ends the sentences.
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

void RegisterLines(CheckerRegistry& registry, Ruleset ruleset) {
  RegisterPlain(registry, "format:line_indent", IndentationRises);
  RegisterPlain(registry, "format:no_bullets_bullets", [ruleset](const ResponseText& response) {
    return HasSentencesThenBullets(ruleset, response);
  });
}

}  // namespace hir::ifbench
