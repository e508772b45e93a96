// MulDimIF: the number of words, or of Chinese characters, with keywords and a number of sentences.
#include "hir/checkers/muldimif/words.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/python_regex.h"

namespace hir::muldimif {
namespace {

using python::CodePointRange;
using python::Split;
using python::Strip;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::PythonRegex;
using regex::RegexEscape;
using regex::RegexMatch;

struct WordsRule {
  std::optional<int64_t> exactly;  // If stated, nothing else counts.
  CountLimits words;
  CountLimits sentences;
  std::vector<PythonRegex> keywords;
};

// Sets `limit`, unless it is set, to the number after the first match of `pattern`.
absl::Status ReadLimit(const BacktrackingRegex& pattern, View sentence, WorkBudget& budget,
                       std::optional<int64_t>& limit) {
  if (limit) return absl::OkStatus();
  if (const auto match = pattern.Search(sentence, budget)) {
    HIR_ASSIGN_OR_RETURN(limit, ReadNumber((*match)[1], EnglishNumbers(), budget));
  }
  return absl::OkStatus();
}

// The first pair of numbers. Where only one of a pair is read, it holds until another pair is
// found.
absl::Status ReadRange(View sentence, WorkBudget& budget, CountLimits& words) {
  static const BacktrackingRegex kRanges[] = {
      BacktrackingRegex(U"between\\s+([a-z0-9-– ]+?)\\s+to\\s+([a-z0-9-– ]+?)(?=\\s*word|$|\\b)"),
      BacktrackingRegex(U"between\\s+([a-z0-9-– ]+?)\\s+and\\s+([a-z0-9-– ]+?)(?=\\s*word|$|\\b)"),
      BacktrackingRegex(U"range:?\\s*([a-z0-9-– ]+?)\\s+to\\s+([a-z0-9-– ]+?)(?=\\s*word|$|\\b)"),
      BacktrackingRegex(U"range:?\\s*([a-z0-9-– ]+?)\\s*[-–]\\s*([a-z0-9-– ]+?)(?=\\s*word|$|\\b)"),
      BacktrackingRegex(U"(\\b[a-z0-9-–]+\\b)\\s+to\\s+(\\b[a-z0-9-–]+\\b)(?=\\s*word|$|\\b)"),
      BacktrackingRegex(U"(\\b[a-z0-9-–]+\\b)\\s*[-–]\\s*(\\b[a-z0-9-–]+\\b)(?=\\s*word|$|\\b)"),
      BacktrackingRegex(U"([0-9]+)\\s*到\\s*([0-9]+)(?=\\s*个|字)"),
  };
  for (const BacktrackingRegex& range : kRanges) {
    const auto match = range.Search(sentence, budget);
    if (!match) continue;
    HIR_ASSIGN_OR_RETURN(words.least, ReadNumber((*match)[1], EnglishNumbers(), budget));
    HIR_ASSIGN_OR_RETURN(words.most, ReadNumber((*match)[2], EnglishNumbers(), budget));
    if (words.least && words.most) {
      if (*words.least > *words.most) std::swap(words.least, words.most);
      break;
    }
  }
  return absl::OkStatus();
}

absl::Status ReadLimits(View sentence, WorkBudget& budget, WordsRule& rule) {
  static const BacktrackingRegex kLeastWords(
      U"(?:at\\s+least|minimum\\s+of|minimum\\s+length\\s+of|no\\s+less\\s+than)\\s+(\\S+)\\s+"
      U"word");
  static const BacktrackingRegex kMostWords[] = {
      BacktrackingRegex(
          U"(?:not\\s+exceed|not\\s+exceeding|not\\s+surpass|at\\s+most|no\\s+more\\s+than|"
          U"maximum\\s+of|maximum\\s+length\\s+of|no\\s+longer\\s+than|limit\\s+of|within|"
          U"within\\s+a)\\s+(\\S+)\\s+word"),
      BacktrackingRegex(U"最多([0-9]+)(?:个|字)"),
      BacktrackingRegex(U"在([0-9]+)\\s*(?:个单词以内|个字以内|字以内|单词以内|词以内|字)"),
  };
  static const BacktrackingRegex kLeastSentences(
      U"(?:at\\s+least|minimum\\s+of)\\s+(\\S+)\\s+sentence");
  static const BacktrackingRegex kMostSentences(
      U"(?:not\\s+exceed|at\\s+most|no\\s+more\\s+than|maximum\\s+of|maximum\\s+length\\s+of|"
      U"no\\s+longer\\s+than)\\s+(\\S+)\\s+sentence");
  HIR_RETURN_IF_ERROR(ReadRange(sentence, budget, rule.words));
  HIR_RETURN_IF_ERROR(ReadLimit(kLeastWords, sentence, budget, rule.words.least));
  for (const BacktrackingRegex& most : kMostWords) {
    HIR_RETURN_IF_ERROR(ReadLimit(most, sentence, budget, rule.words.most));
  }
  HIR_RETURN_IF_ERROR(ReadLimit(kLeastSentences, sentence, budget, rule.sentences.least));
  return ReadLimit(kMostSentences, sentence, budget, rule.sentences.most);
}

// A keyword is matched in any letter case, as a whole word. One with a Chinese character is matched
// as it is written, anywhere.
absl::StatusOr<PythonRegex> KeywordPattern(View keyword) {
  const bool is_chinese = std::any_of(keyword.begin(), keyword.end(),
                                      [](char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; });
  const std::u32string escaped = RegexEscape(keyword);
  if (is_chinese) return PythonRegex::Compile(escaped);
  return PythonRegex::Compile(U"(?:\\A|\\W)" + escaped + U"(?:\\W|\\Z)", {.ignore_case = true});
}

// In lower case, with one wording where several mean the same.
std::u32string Normalized(View text, WorkBudget& budget) {
  static const std::pair<BacktrackingRegex, View> kReplacements[] = {
      {BacktrackingRegex(U"\\s+"), U" "},
      {BacktrackingRegex(U"-word"), U" word"},
      {BacktrackingRegex(U"a total of "), U""},
      {BacktrackingRegex(U"words"), U"word"},
      {BacktrackingRegex(U"a single"), U"exactly one"},
  };
  const std::u32string lower = ToLower(text);
  std::u32string sentence(Strip(Strip(lower, U"\"")));
  for (const auto& [pattern, replacement] : kReplacements) {
    sentence = pattern.Replace(sentence, replacement, budget);
  }
  return std::u32string(Strip(sentence));
}

absl::StatusOr<WordsRule> ReadWordsRule(View text, WorkBudget& budget) {
  static const BacktrackingRegex kExactly(U"exactly\\s+([a-z0-9-, ]+?)\\s+(\\S+)");
  static const BacktrackingRegex kQuoted(U"[\"']([^']*)[\"']");
  const std::u32string sentence = Normalized(text, budget);
  WordsRule rule;
  HIR_RETURN_IF_ERROR(ReadLimit(kExactly, sentence, budget, rule.exactly));
  if (rule.exactly) return rule;
  HIR_RETURN_IF_ERROR(ReadLimits(sentence, budget, rule));
  for (const RegexMatch& quoted : kQuoted.FindAll(sentence, budget)) {
    HIR_ASSIGN_OR_RETURN(PythonRegex keyword, KeywordPattern(quoted[1]));
    rule.keywords.push_back(std::move(keyword));
  }
  return rule;
}

// Of Han characters, their punctuation and the full-width forms; where there are none, words.
size_t CountWordsOrHan(View text) {
  constexpr CodePointRange kHan[] = {
      {0x3000, 0x303F}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xFF00, 0xFFEF}, {0x20000, 0x2A6DF}};
  const auto han = std::count_if(text.begin(), text.end(), [&](char32_t c) {
    return std::any_of(std::begin(kHan), std::end(kHan), [c](const CodePointRange& range) {
      return c >= range.first && c <= range.last;
    });
  });
  return han > 0 ? static_cast<size_t>(han) : Split(text).size();
}

// Runs of marks that end a sentence.
size_t CountSentenceEnds(View text) {
  constexpr View kEnds = U".!?";
  size_t count = 0;
  bool within = false;
  for (const char32_t c : text) {
    const bool ends = kEnds.find(c) != View::npos;
    if (ends && !within) ++count;
    within = ends;
  }
  return count;
}

CheckResult CheckWords(const WordsRule& rule, const ResponseText& response) {
  const size_t words = CountWordsOrHan(response.text());
  if (rule.exactly) return PassIf(static_cast<int64_t>(words) == *rule.exactly);
  for (const PythonRegex& keyword : rule.keywords) {
    const auto found = keyword.Search(response.subject());
    if (!found.ok()) return Undecidable(std::string(found.status().message()));
    if (!*found) return PassIf(false);
  }
  return PassIf(rule.words.Allow(words) &&
                rule.sentences.Allow(CountSentenceEnds(response.text())));
}

}  // namespace

// A sentence whose wording is unknown passes every response.
CheckFunction WordsCheck(View text, WorkBudget& budget) {
  static const BacktrackingRegex kEach(U"\\beach\\b", {.ignore_case = true});
  if (kEach.Search(text, budget)) return WordsOfEachCheck(text, budget);
  auto rule = ReadWordsRule(text, budget);
  if (!rule.ok()) return RaisingCheck(rule.status());
  return [rule = std::make_shared<const WordsRule>(*std::move(rule))](
             const ResponseText& response) { return CheckWords(*rule, response); };
}

}  // namespace hir::muldimif
