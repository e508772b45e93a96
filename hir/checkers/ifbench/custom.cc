// IFBench: kinds made for one prompt each.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "hir/checkers/ifbench/common.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/nfkd_ascii.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifbench {
namespace {

using python::DecimalValue;
using python::FindText;
using python::IsDecimal;
using python::IsSpace;
using python::IsWord;
using python::NfkdAscii;
using python::Split;
using python::Strip;
using python::StripMarks;
using python::ToLower;
using python::View;
using python::WithoutPunctuation;
using scan::IsNoneOf;
using scan::Runs;
using scan::ScanText;

// Maximal runs of decimal digits.
CheckResult PrintsTheMultiples(const ResponseText& response) {
  constexpr std::array<View, 6> kMultiples = {U"14", U"21", U"28", U"35", U"42", U"49"};
  const View text = response.text();
  size_t found = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && IsDecimal(text[end])) ++end;
    if (end == begin) {
      ++begin;
      continue;
    }
    if (found == kMultiples.size() || text.substr(begin, end - begin) != kMultiples[found]) {
      return PassIf(false);
    }
    ++found;
    begin = end;
  }
  return PassIf(found == kMultiples.size());
}

// re.split(r"\n*(?:Question \d+[\.|\):;]?\s*)", text), without the blank pieces.
std::vector<View> SplitQuestions(View text) {
  constexpr View kLabel = U"Question ";
  std::vector<View> pieces;
  size_t begin = 0;
  const auto add = [&](size_t end) {
    const View piece = Strip(text.substr(begin, end - begin));
    if (!piece.empty()) pieces.push_back(piece);
  };
  for (size_t at = 0; (at = text.find(kLabel, at)) != View::npos;) {
    size_t end = at + kLabel.size();
    if (end == text.size() || !IsDecimal(text[end])) {
      ++at;
      continue;
    }
    while (end < text.size() && IsDecimal(text[end])) ++end;
    if (end < text.size() && View(U".|):;").find(text[end]) != View::npos) ++end;
    while (end < text.size() && IsSpace(text[end])) ++end;
    add(at);
    begin = at = end;
  }
  add(text.size());
  return pieces;
}

// re.match(r"^[A-Ea-e][\.|\)]\s*\w+", line)
bool IsOption(View line) {
  if (line.size() < 3 || View(U"ABCDEabcde").find(line[0]) == View::npos ||
      View(U".|)").find(line[1]) == View::npos) {
    return false;
  }
  size_t at = 2;
  while (at < line.size() && IsSpace(line[at])) ++at;
  return at < line.size() && IsWord(line[at]);
}

CheckResult AsksFourLongerAndLongerQuestions(const ResponseText& response) {
  if (!View(response.text()).starts_with(U"Question")) return PassIf(false);
  const std::vector<View> questions = SplitQuestions(response.text());
  if (questions.size() != 4) return PassIf(false);
  size_t longest = 0;
  for (size_t i = 0; i < questions.size(); ++i) {
    std::u32string asked;
    int options = 0;
    for (const View raw : Split(questions[i], U"\n")) {
      const View line = Strip(raw);
      if (IsOption(line)) {
        ++options;
      } else if (options == 0) {
        asked.append(U" ").append(line);
      }
    }
    if (options != 5) return PassIf(false);
    const size_t length = Strip(asked).size();
    if (i > 0 && length <= longest) return PassIf(false);
    longest = length;
  }
  return PassIf(true);
}

// At least 52 lines from the one with Zimbabwe on, in descending order of their ASCII forms.
CheckResult NamesCountriesInReverse(const ResponseText& response) {
  const View text = response.text();
  const size_t begin = FindText(text, U"Zimbabwe");
  if (begin == View::npos) return PassIf(false);
  const size_t line_end = text.rfind(U'\n', begin);
  std::string before;
  int lines = 0;
  for (const View raw : Split(text.substr(line_end == View::npos ? 0 : line_end + 1), U"\n")) {
    const View line = StripMarks(raw);
    if (line.empty()) continue;
    std::string name = NfkdAscii(line);
    if (lines > 0 && name > before) return PassIf(false);
    before = std::move(name);
    ++lines;
  }
  return PassIf(lines >= 52);
}

// In reverse order the words must be one sentence, about the bald eagle.
CheckResult IsReversedByWord(Ruleset ruleset, const ResponseText& response) {
  const std::u32string bare = WithoutPunctuation(ToLower(response.stripped()));
  std::vector<View> words = Split(bare);
  std::reverse(words.begin(), words.end());
  std::u32string reversed;
  for (const View word : words) {
    if (!reversed.empty()) reversed += U' ';
    reversed.append(word);
  }
  if (reversed.find(U"bald eagle") == View::npos) return PassIf(false);
  const ResponseText text(reversed);
  const std::vector<View> sentences = SentencesBy(ruleset, text);
  return PassIf(std::find(sentences.begin(), sentences.end(), reversed) != sentences.end());
}

CheckResult IsReversedByLetter(const ResponseText& response) {
  return PassIf(response.lower().find(U"elgae dlab") != View::npos);
}

// A quotation mark before the letter fails.
CheckResult HasASentenceForEachLetter(Ruleset ruleset, const ResponseText& response) {
  const std::vector<View> sentences = SentencesBy(ruleset, response);
  if (sentences.size() != 26) return PassIf(false);
  for (size_t i = 0; i < sentences.size(); ++i) {
    const View sentence = Strip(sentences[i]);
    if (sentence.empty()) {
      return FailsOrRaises(ruleset, "The official checker finds no word in a sentence here.");
    }
    if (ToLower(Split(sentence)[0])[0] != U'a' + i) return PassIf(false);
  }
  return PassIf(true);
}

// A full stop after the last one fails.
CheckResult ListsTheCapitals(const ResponseText& response) {
  constexpr std::array<std::string_view, 27> kCapitals = {
      "Reykjavik",  "Helsinki", "Oslo",     "Tallinn",    "Stockholm", "Riga",      "Moscow",
      "Copenhagen", "Vilnius",  "Minsk",    "Dublin",     "Berlin",    "Amsterdam", "Warsaw",
      "London",     "Brussels", "Prague",   "Luxembourg", "Paris",     "Vienna",    "Bratislava",
      "Budapest",   "Vaduz",    "Chisinau", "Bern",       "Ljubljana", "Zagreb"};
  const ScanText ascii = response.scan().ascii() ? ScanText::FromUtf8(response.scan().bytes())
                                                 : ScanText::FromUtf8(NfkdAscii(response.text()));
  size_t found = 0;
  for (Runs<IsNoneOf<','>> piece(ascii); piece.Next();) {
    const std::string_view name = BytesOf(ascii, Strip(ascii, *piece));
    if (name.empty()) continue;
    if (found == kCapitals.size() || name != kCapitals[found]) return PassIf(false);
    ++found;
  }
  return PassIf(found == kCapitals.size());
}

// The number that the characters [begin, begin + size) of `date` spell; -1 if one is not a digit.
int NumberAt(View date, size_t begin, size_t size) {
  int number = 0;
  for (const char32_t c : date.substr(begin, size)) {
    if (!IsDecimal(c)) return -1;
    number = number * 10 + DecimalValue(c);
  }
  return number;
}

// A year from 1769 to 1821. Month 0 and day 0 pass, as does the 29th of every February.
bool IsNapoleonic(View date) {
  if (date.size() != 10 || date[4] != U'-' || date[7] != U'-') return false;
  const int year = NumberAt(date, 0, 4), month = NumberAt(date, 5, 2), day = NumberAt(date, 8, 2);
  if (year < 1769 || year > 1821 || month < 0 || month > 12 || day < 0) return false;
  if (month == 0) return true;
  const bool is_short = month == 4 || month == 6 || month == 9 || month == 11;
  return day <= (month == 2 ? 29 : is_short ? 30 : 31);
}

CheckResult ListsDates(const ResponseText& response) {
  const std::vector<View> dates = Split(response.stripped(), U",");
  return PassIf(
      std::all_of(dates.begin(), dates.end(), [](View date) { return IsNapoleonic(Strip(date)); }));
}

}  // namespace

void RegisterCustom(CheckerRegistry& registry, Ruleset ruleset) {
  const auto by_ruleset = [&](const char* kind, auto check) {
    RegisterPlain(registry, kind, [ruleset, check](const ResponseText& response) {
      return check(ruleset, response);
    });
  };
  RegisterPlain(registry, "custom:multiples", PrintsTheMultiples);
  RegisterPlain(registry, "custom:mcq_count_length", AsksFourLongerAndLongerQuestions);
  RegisterPlain(registry, "custom:reverse_newline", NamesCountriesInReverse);
  by_ruleset("custom:word_reverse", IsReversedByWord);
  RegisterPlain(registry, "custom:character_reverse", IsReversedByLetter);
  by_ruleset("custom:sentence_alphabet", HasASentenceForEachLetter);
  RegisterPlain(registry, "custom:european_capitals_sort", ListsTheCapitals);
  RegisterPlain(registry, "custom:date_format_list", ListsDates);
}

}  // namespace hir::ifbench
