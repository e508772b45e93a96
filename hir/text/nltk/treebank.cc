#include "hir/text/nltk/treebank.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "hir/text/scan/ascii_set.h"
#include "hir/text/scan/char_class.h"

namespace hir::nltk::internal {
namespace {

using scan::AsciiSet;
using scan::FastIsDecimal;
using scan::FastIsSpace;
using scan::FastIsWord;
using scan::kAsciiEnd;

constexpr size_t kNone = std::u32string_view::npos;

bool IsQuote(char32_t c) { return c == U'\''; }
bool IsAnyQuote(char32_t c) { return c == U'\'' || c == U'"'; }

// Whether `re` under IGNORECASE matches `c` with the lower-case ASCII letter (or other character)
// `lower`.
bool EqualsIgnoringCase(char32_t c, char32_t lower) {
  if (c < kAsciiEnd) return (c >= U'A' && c <= U'Z' ? c | 0x20 : c) == lower;
  if (lower == U'i') return c == 0x130 || c == 0x131;
  if (lower == U'k') return c == 0x212A;
  return lower == U's' && c == 0x17F;
}

bool StartsIgnoringCase(std::u32string_view text, std::u32string_view lower) {
  if (text.size() < lower.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    if (!EqualsIgnoringCase(text[i], lower[i])) return false;
  }
  return true;
}

// Replaces matches from left to right. A match may start `offset` characters before any for which
// `trigger` holds; `match(rest, out)` then appends its replacement to `out` and returns its length
// in `rest`, the text from there on, or returns 0 if there is none.
template <typename Trigger, typename Match>
void ReplaceAll(std::u32string& text, size_t offset, Trigger trigger, Match match) {
  const std::u32string_view view = text;
  std::u32string out, replacement;
  size_t copied = 0;
  for (size_t i = offset; i < view.size();) {
    const size_t length = trigger(view[i]) ? match(view.substr(i - offset), replacement) : 0;
    if (length == 0) {
      ++i;
      continue;
    }
    out.append(view.substr(copied, i - offset - copied)).append(replacement);
    replacement.clear();
    copied = i - offset + length;
    i = copied + offset;
  }
  if (copied == 0) return;
  text = std::move(out.append(view.substr(copied)));
}

// Puts spaces around each match, which starts with a character for which `trigger` holds;
// `match(rest)` returns the length of one at the start of `rest`.
template <typename Trigger, typename Match>
void Pad(std::u32string& text, Trigger trigger, Match match) {
  ReplaceAll(text, 0, trigger, [&](std::u32string_view rest, std::u32string& out) {
    const size_t length = match(rest);
    if (length > 0) out.append(U" ").append(rest.substr(0, length)).append(U" ");
    return length;
  });
}

template <typename Trigger>
void PadEach(std::u32string& text, Trigger trigger) {
  Pad(text, trigger, [](std::u32string_view) { return size_t{1}; });
}

void PadEach(std::u32string& text, const AsciiSet& chars, const AsciiSet& ascii_set) {
  if (chars.HasAnyOf(ascii_set)) PadEach(text, [&](char32_t c) { return ascii_set.Has(c); });
}

void PadLiteral(std::u32string& text, std::u32string_view literal) {
  const auto starts = [literal](char32_t c) { return c == literal[0]; };
  Pad(text, starts, [literal](std::u32string_view rest) -> size_t {
    return rest.starts_with(literal) ? literal.size() : 0;
  });
}

// Length of the run of `c` at the start of `text`.
size_t RunLength(std::u32string_view text, char32_t c) {
  const size_t end = text.find_first_not_of(c);
  return end == kNone ? text.size() : end;
}

// ([ ([{<])("|'{2})  ->  \1 ``
size_t OpenQuote(std::u32string_view rest, std::u32string& out) {
  if (!IsOneOf(rest[0], U" ([{<")) return 0;
  const std::u32string_view quote = rest.substr(1);
  const size_t length = quote.starts_with(U'"') ? 1 : quote.starts_with(U"''") ? 2 : 0;
  if (length == 0) return 0;
  out.append({rest[0], U' ', U'`', U'`', U' '});
  return 1 + length;
}

// (?i)(')(?!re|ve|ll|m|t|s|d|n)(\w)\b  ->  \1 \2
// The two-letter clitics need no check, since only a single letter may follow.
size_t QuotedLetter(std::u32string_view rest, std::u32string& out) {
  if (rest[0] != U'\'' || rest.size() < 2 || !FastIsWord(rest[1])) return 0;
  if (rest.size() > 2 && FastIsWord(rest[2])) return 0;
  for (char32_t clitic : std::u32string_view(U"mtsdn")) {
    if (EqualsIgnoringCase(rest[1], clitic)) return 0;
  }
  out.append({U'\'', U' ', rest[1]});
  return 2;
}

void SeparateOpeningQuotes(std::u32string& text, const AsciiSet& chars, StretchEnds ends) {
  if (chars.had_others() || chars.Has(U'`')) {
    const auto opens = [](char32_t c) { return IsOneOf(c, U"`«“‘„"); };
    Pad(text, opens,
        [](std::u32string_view rest) { return std::max(RunLength(rest, U'`'), size_t{1}); });
  }
  if (ends.first && text.starts_with(U'"')) text.replace(0, 1, U"``");
  if (chars.HasAnyOf(AsciiSet(U"`\""))) PadLiteral(text, U"``");
  if (chars.HasAnyOf(AsciiSet(U"\"'"))) ReplaceAll(text, 1, IsAnyQuote, OpenQuote);
  if (chars.Has(U'\'')) ReplaceAll(text, 0, IsQuote, QuotedLetter);
}

// ([^.])(\.)([closers]*)\s*$ -> \1 \2 \3 , with `gap` between \2 and \3. No other period may
// follow, so only the last one can match.
void SeparateLastPeriod(std::u32string& text, std::u32string_view closers,
                        std::u32string_view gap) {
  const size_t period = text.rfind(U'.');
  if (period == kNone || period == 0 || text[period - 1] == U'.') return;
  size_t closers_end = period + 1;
  while (closers_end < text.size() && IsOneOf(text[closers_end], closers)) ++closers_end;
  for (size_t i = closers_end; i < text.size(); ++i) {
    if (!FastIsSpace(text[i])) return;
  }
  const std::u32string closing = text.substr(period + 1, closers_end - period - 1);
  text.resize(period);
  text.append(U" .").append(gap).append(closing).append(U" ");
}

// ([:,])([^\d])  ->   \1 \2
size_t CommaOrColon(std::u32string_view rest, std::u32string& out) {
  if (rest.size() < 2 || FastIsDecimal(rest[1])) return 0;
  out.append({U' ', rest[0], U' ', rest[1]});
  return 2;
}

// ([^'])'   ->  \1 ' ; the match ends with a space.
size_t LoneQuote(std::u32string_view rest, std::u32string& out) {
  if (rest[0] == U'\'' || !rest.substr(1).starts_with(U"' ")) return 0;
  out.append({rest[0], U' ', U'\'', U' '});
  return 3;
}

void SeparatePunctuation(std::u32string& text, const AsciiSet& chars, StretchEnds ends) {
  if (ends.last) SeparateLastPeriod(text, kPeriodClosers, U" ");
  if (chars.HasAnyOf(AsciiSet(U":,"))) {
    ReplaceAll(
        text, 0, [](char32_t c) { return c == U':' || c == U','; }, CommaOrColon);
    // The last character, or the one before a final line feed.
    const size_t last = text.size() - (text.size() > 1 && text.back() == U'\n' ? 2 : 1);
    if (ends.last && IsOneOf(text[last], U":,")) text.insert(last + 1, U" ").insert(last, U" ");
  }
  if (chars.Has(U'.')) {
    const auto is_period = [](char32_t c) { return c == U'.'; };
    Pad(text, is_period, [](std::u32string_view rest) -> size_t {
      const size_t length = RunLength(rest, U'.');
      return length > 1 ? length : 0;
    });
  }
  PadEach(text, chars, AsciiSet(U";@#$%&"));
  if (ends.last) SeparateLastPeriod(text, U"])}>\"'", U"");
  PadEach(text, chars, AsciiSet(U"?!"));
  if (chars.Has(U'\'')) ReplaceAll(text, 1, IsQuote, LoneQuote);
  PadEach(text, chars, AsciiSet(U"*"));
}

// ([^' ])('[sS]|'[mM]|'[dD]|')   ->  \1 \2 ; the match ends with a space.
size_t ShortClitic(std::u32string_view rest, std::u32string& out) {
  if (IsOneOf(rest[0], U"' ") || !rest.substr(1).starts_with(U'\'')) return 0;
  size_t end = 2;
  if (end < rest.size() && IsOneOf(rest[end], U"sSmMdD")) ++end;
  if (end >= rest.size() || rest[end] != U' ') return 0;
  out.append({rest[0], U' '}).append(rest.substr(1, end));
  return end + 1;
}

// ([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T)   ->  \1 \2 ; the match ends with a space.
size_t LongClitic(std::u32string_view rest, std::u32string& out) {
  constexpr std::u32string_view kClitics[] = {U"'ll ", U"'LL ", U"'re ", U"'RE ",
                                              U"'ve ", U"'VE ", U"n't ", U"N'T "};
  if (IsOneOf(rest[0], U"' ")) return 0;
  for (std::u32string_view clitic : kClitics) {
    if (!rest.substr(1).starts_with(clitic)) continue;
    out.append({rest[0], U' '}).append(clitic);
    return 1 + clitic.size();
  }
  return 0;
}

// \s+  ->  one space
void CollapseWhiteSpace(std::u32string& text) {
  size_t end = 0;
  bool in_space = false;
  for (char32_t c : text) {
    const bool space = FastIsSpace(c);
    if (!space || !in_space) text[end++] = space ? U' ' : c;
    in_space = space;
  }
  text.resize(end);
}

void SeparateClosingQuotes(std::u32string& text, const AsciiSet& chars) {
  if (chars.had_others()) {
    PadEach(text, [](char32_t c) { return IsOneOf(c, U"»”’"); });
  }
  if (chars.Has(U'\'')) PadLiteral(text, U"''");
  if (chars.Has(U'"')) {
    const auto double_quote = [](char32_t c) { return c == U'"'; };
    ReplaceAll(text, 0, double_quote, [](std::u32string_view rest, std::u32string& out) {
      out.append(U" '' ");
      return size_t{1};
    });
  }
  CollapseWhiteSpace(text);
  if (chars.HasAnyOf(AsciiSet(U"\"'"))) {
    ReplaceAll(text, 1, IsQuote, ShortClitic);
    ReplaceAll(
        text, 1, [](char32_t c) { return IsOneOf(c, U"'nN"); }, LongClitic);
  }
}

// Two words written as one; matched ignoring case.
struct Contraction {
  std::u32string_view head;
  std::u32string_view tail;
  bool after_space;   // A space must precede it and is part of the match.
  bool before_space;  // White space must follow and is not part of the match.
};

constexpr Contraction kContractions[] = {
    {U"can", U"not", false, false}, {U"d", U"'ye", false, false},  {U"gim", U"me", false, false},
    {U"gon", U"na", false, false},  {U"got", U"ta", false, false}, {U"lem", U"me", false, false},
    {U"more", U"'n", false, false}, {U"wan", U"na", false, true},  {U"'t", U"is", true, false},
    {U"'t", U"was", true, false}};

// Length of the match of `contraction` at `at`, 0 for none.
size_t MatchContraction(std::u32string_view text, size_t at, const Contraction& contraction) {
  size_t end = at;
  if (contraction.after_space) {
    if (text[end] != U' ') return 0;
    ++end;
  }
  if (!StartsIgnoringCase(text.substr(end), contraction.head)) return 0;
  if (!contraction.after_space && at > 0 && FastIsWord(text[at - 1])) return 0;
  end += contraction.head.size();
  if (!StartsIgnoringCase(text.substr(end), contraction.tail)) return 0;
  end += contraction.tail.size();
  if (end < text.size() && FastIsWord(text[end])) return 0;
  if (contraction.before_space && (end == text.size() || !FastIsSpace(text[end]))) return 0;
  return end - at;
}

bool HasContraction(std::u32string_view text) {
  bool in_word = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts = text[i] == U' ' ? text.substr(i + 1).starts_with(U'\'') : !in_word;
    in_word = FastIsWord(text[i]);
    if (!starts) continue;
    for (const Contraction& contraction : kContractions) {
      if (MatchContraction(text, i, contraction) > 0) return true;
    }
  }
  return false;
}

void SeparateContraction(std::u32string& text, const Contraction& contraction) {
  const std::u32string_view whole = text;
  const char32_t first = contraction.after_space ? U' ' : contraction.head[0];
  const auto starts = [first](char32_t c) { return EqualsIgnoringCase(c, first); };
  ReplaceAll(text, 0, starts, [&](std::u32string_view rest, std::u32string& out) {
    const size_t length = MatchContraction(whole, whole.size() - rest.size(), contraction);
    if (length == 0) return length;
    const size_t skipped = contraction.after_space ? 1 : 0;
    const size_t head = contraction.head.size();
    out.append(U" ").append(rest.substr(skipped, head)).append(U" ");
    out.append(rest.substr(skipped + head, length - skipped - head)).append(U" ");
    return length;
  });
}

}  // namespace

std::u32string TakeTokenizerSteps(std::u32string_view stretch, StretchEnds ends) {
  std::u32string text;
  text.reserve(stretch.size() + stretch.size() / 4 + 8);
  text = stretch;
  const AsciiSet chars(stretch);
  SeparateOpeningQuotes(text, chars, ends);
  SeparatePunctuation(text, chars, ends);
  PadEach(text, chars, AsciiSet(U"][(){}<>"));
  if (chars.Has(U'-')) PadLiteral(text, U"--");
  text.insert(0, U" ").push_back(U' ');
  SeparateClosingQuotes(text, chars);
  // Splitting one contraction may enable a match of a later one, so either all steps run or none.
  if (HasContraction(text)) {
    for (const Contraction& contraction : kContractions) SeparateContraction(text, contraction);
  }
  return text;
}

bool IsContraction(std::u32string_view letters) {
  // These have five or six letters; the other contractions also have characters that are not
  // letters.
  if (letters.size() != 5 && letters.size() != 6) return false;
  return std::any_of(std::begin(kContractions), std::end(kContractions), [&](const auto& each) {
    return letters.size() == each.head.size() + each.tail.size() &&
           StartsIgnoringCase(letters, each.head) &&
           StartsIgnoringCase(letters.substr(each.head.size()), each.tail);
  });
}

}  // namespace hir::nltk::internal
