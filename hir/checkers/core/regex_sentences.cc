#include "hir/checkers/core/regex_sentences.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "hir/text/python/unicode.h"
#include "hir/text/scan/char_class.h"

namespace hir {
namespace {

using python::Split;
using python::Strip;
using python::View;
using scan::FastIsSpace;
using scan::IsAsciiDigit;
using scan::IsAsciiLetter;

constexpr View kPeriod = U"<prd>";
constexpr View kStop = U"<stop>";
constexpr std::array<View, 5> kTitles = {U"Mr", U"St", U"Mrs", U"Ms", U"Dr"};
constexpr std::array<View, 5> kSuffixes = {U"Inc", U"Ltd", U"Jr", U"Sr", U"Co"};
constexpr std::array<View, 7> kDomains = {U"com", U"net", U"org", U"io", U"gov", U"edu", U"me"};

// Words that begin a sentence, in the order in which they are tried; some must be followed by a
// space.
struct Starter {
  View word;
  bool space;
};
constexpr std::array<Starter, 20> kStarters = {
    {{U"Mr", false},     {U"Mrs", false},  {U"Ms", false},  {U"Dr", false},
     {U"Prof", false},   {U"Capt", false}, {U"Cpt", false}, {U"Lt", false},
     {U"He", true},      {U"She", true},   {U"It", true},   {U"They", true},
     {U"Their", true},   {U"Our", true},   {U"We", true},   {U"But", true},
     {U"However", true}, {U"That", true},  {U"This", true}, {U"Wherever", false}}};

// A match at the beginning of `rest`: its length, which is 0 without a match, and its replacement.
struct Match {
  size_t length = 0;
  std::u32string replacement;
};

// re.sub(): `match` is called at every position that no earlier match covers.
template <typename Matcher>
std::u32string Substitute(View text, Matcher match) {
  std::u32string result;
  result.reserve(text.size() + text.size() / 8);
  for (size_t at = 0; at < text.size();) {
    const Match found = match(text.substr(at));
    if (found.length == 0) {
      result += text[at++];
    } else {
      result += found.replacement;
      at += found.length;
    }
  }
  return result;
}

// str.replace().
std::u32string Replace(View text, View from, View to) {
  std::u32string result;
  size_t begin = 0;
  for (size_t at; (at = text.find(from, begin)) != text.npos; begin = at + from.size()) {
    result.append(text.substr(begin, at - begin)).append(to);
  }
  result.append(text.substr(begin));
  return result;
}

template <size_t N>
View OneOf(View rest, const std::array<View, N>& words) {
  for (const View word : words) {
    if (rest.starts_with(word)) return word;
  }
  return {};
}

bool IsCapital(char32_t c) { return c >= U'A' && c <= U'Z'; }

// Whether `rest` begins with letters, each followed by a period.
bool IsAbbreviation(View rest, size_t letters, bool (*is_letter)(char32_t)) {
  if (rest.size() < 2 * letters) return false;
  for (size_t i = 0; i < letters; ++i) {
    if (!is_letter(rest[2 * i]) || rest[2 * i + 1] != U'.') return false;
  }
  return true;
}

// Length of the starter at the beginning of `rest`, including its space; 0 without a starter.
size_t StarterLength(View rest) {
  for (const Starter& starter : kStarters) {
    const size_t size = starter.word.size();
    if (!rest.starts_with(starter.word)) continue;
    if (!starter.space) return size;
    if (rest.size() > size && FastIsSpace(rest[size])) return size + 1;
  }
  return 0;
}

Match Title(View rest) {
  for (const View title : kTitles) {
    if (rest.starts_with(title) && rest.substr(title.size()).starts_with(U'.')) {
      return {title.size() + 1, std::u32string(title).append(kPeriod)};
    }
  }
  return {};
}

Match Domain(View rest) {
  if (rest[0] != U'.') return {};
  const View domain = OneOf(rest.substr(1), kDomains);
  if (domain.empty()) return {};
  return {1 + domain.size(), std::u32string(kPeriod).append(domain)};
}

Match Decimal(View rest) {
  if (rest.size() < 3 || !IsAsciiDigit(rest[0]) || rest[1] != U'.' || !IsAsciiDigit(rest[2])) {
    return {};
  }
  return {3, std::u32string(1, rest[0]).append(kPeriod).append(1, rest[2])};
}

Match Dots(View rest) {
  const size_t dots = std::min(rest.find_first_not_of(U'.'), rest.size());
  if (dots < 2) return {};
  Match match{dots, {}};
  for (size_t i = 0; i < dots; ++i) match.replacement.append(kPeriod);
  match.replacement.append(kStop);
  return match;
}

Match LoneLetter(View rest) {
  if (rest.size() < 4 || !FastIsSpace(rest[0]) || !IsAsciiLetter(rest[1]) || rest[2] != U'.' ||
      rest[3] != U' ') {
    return {};
  }
  return {4, std::u32string(U" ").append(1, rest[1]).append(kPeriod).append(U" ")};
}

// An acronym of three or two letters that ends its sentence, since a starter follows.
Match AcronymBeforeStarter(View rest) {
  for (const size_t letters : {3, 2}) {
    if (!IsAbbreviation(rest, letters, IsCapital)) continue;
    const View behind = rest.substr(2 * letters);
    if (!behind.starts_with(U' ')) continue;
    const size_t starter = StarterLength(behind.substr(1));
    if (starter == 0) continue;
    return {2 * letters + 1 + starter, std::u32string(rest.substr(0, 2 * letters))
                                           .append(kStop)
                                           .append(behind.substr(0, 1 + starter))};
  }
  return {};
}

template <size_t kLetters>
Match Abbreviation(View rest) {
  if (!IsAbbreviation(rest, kLetters, IsAsciiLetter)) return {};
  Match match{2 * kLetters, {}};
  for (size_t i = 0; i < kLetters; ++i) match.replacement.append(1, rest[2 * i]).append(kPeriod);
  return match;
}

Match SuffixBeforeStarter(View rest) {
  if (rest[0] != U' ') return {};
  const View suffix = OneOf(rest.substr(1), kSuffixes);
  if (suffix.empty()) return {};
  const View behind = rest.substr(1 + suffix.size());
  if (!behind.starts_with(U". ")) return {};
  const size_t starter = StarterLength(behind.substr(2));
  if (starter == 0) return {};
  return {1 + suffix.size() + 2 + starter,
          std::u32string(U" ").append(suffix).append(kStop).append(behind.substr(1, 1 + starter))};
}

Match Suffix(View rest) {
  if (rest[0] != U' ') return {};
  const View suffix = OneOf(rest.substr(1), kSuffixes);
  if (suffix.empty() || !rest.substr(1 + suffix.size()).starts_with(U'.')) return {};
  return {2 + suffix.size(), std::u32string(U" ").append(suffix).append(kPeriod)};
}

Match SpacedLetter(View rest) {
  if (rest.size() < 3 || rest[0] != U' ' || !IsAsciiLetter(rest[1]) || rest[2] != U'.') return {};
  return {3, std::u32string(U" ").append(1, rest[1]).append(kPeriod)};
}

}  // namespace

std::vector<std::u32string> RegexSentences(std::u32string_view text) {
  std::u32string marked = Replace(std::u32string(U" ").append(text).append(U"  "), U"\n", U" ");
  for (Match (*rule)(View) : {Title, Domain, Decimal, Dots}) marked = Substitute(marked, rule);
  marked = Replace(marked, U"Ph.D.", U"Ph<prd>D<prd>");
  for (Match (*rule)(View) : {LoneLetter, AcronymBeforeStarter, Abbreviation<3>, Abbreviation<2>,
                              SuffixBeforeStarter, Suffix, SpacedLetter}) {
    marked = Substitute(marked, rule);
  }
  constexpr View kQuoted[][2] = {
      {U".\u201d", U"\u201d."}, {U".\"", U"\"."}, {U"!\"", U"\"!"}, {U"?\"", U"\"?"}};
  for (const auto& [from, to] : kQuoted) marked = Replace(marked, from, to);
  constexpr View kFinal[][2] = {
      {U".", U".<stop>"}, {U"?", U"?<stop>"}, {U"!", U"!<stop>"}, {kPeriod, U"."}};
  for (const auto& [from, to] : kFinal) marked = Replace(marked, from, to);
  std::vector<std::u32string> sentences;
  for (const View piece : Split(marked, kStop)) sentences.emplace_back(Strip(piece));
  if (sentences.back().empty()) sentences.pop_back();
  return sentences;
}

}  // namespace hir
