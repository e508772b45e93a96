#include "hir/text/python/unicode.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "hir/text/python/find_text.h"

namespace hir::python {
namespace {

using CodeRange = CodePointRange;

// The code points first, first + step, ..., last, each of which changes by `delta`.
struct CaseRun {
  char32_t first;
  char32_t last;
  uint32_t step;
  int32_t delta;
};

// A code point that becomes several when its case changes; unused places are 0.
struct LongCase {
  uint32_t from;
  uint32_t to[3];
};

#include "hir/text/python/unicode_tables.inc"

template <size_t n>
bool Contains(const CodeRange (&ranges)[n], char32_t c) {
  const CodeRange* range =
      std::lower_bound(std::begin(ranges), std::end(ranges), c,
                       [](const CodeRange& each, char32_t code) { return each.last < code; });
  return range != std::end(ranges) && range->first <= c;
}

// The classes of the code points that have four hexadecimal digits.
constexpr auto kBasicPlane = [] {
  std::array<CharClass, 0x10000> classes = {};
  const auto fill = [&classes](const auto& ranges, CharClass value) {
    for (const CodeRange& range : ranges) {
      for (char32_t c = range.first; c <= range.last && c < classes.size(); ++c) {
        classes[c] = value;
      }
    }
  };
  fill(kSpace, CharClass::kSpace);
  fill(kWord, CharClass::kWord);
  fill(kDecimal, CharClass::kDecimal);
  return classes;
}();

// For each block of 256 code points, whether any of the tables changes one of them.
constexpr auto kHasCase = [] {
  std::array<bool, 0x2000> has = {};
  const auto fill = [&has](const auto& runs) {
    for (const CaseRun& run : runs) {
      for (char32_t block = run.first >> 8; block <= run.last >> 8; ++block) has[block] = true;
    }
  };
  fill(kToLower);
  fill(kToUpper);
  fill(kFold);
  return has;
}();

template <size_t n>
char32_t Change(const CaseRun (&runs)[n], char32_t c) {
  if (!kHasCase[c >> 8 & (kHasCase.size() - 1)]) return c;
  const CaseRun* run =
      std::lower_bound(std::begin(runs), std::end(runs), c,
                       [](const CaseRun& each, char32_t code) { return each.last < code; });
  if (run == std::end(runs) || run->first > c || (c - run->first) % run->step != 0) return c;
  return static_cast<char32_t>(static_cast<int64_t>(c) + run->delta);
}

template <size_t n>
const LongCase* FindLong(const LongCase (&cases)[n], char32_t c) {
  const LongCase* found =
      std::lower_bound(std::begin(cases), std::end(cases), c,
                       [](const LongCase& each, char32_t code) { return each.from < code; });
  return found != std::end(cases) && found->from == c ? found : nullptr;
}

void AppendLong(const LongCase& change, std::u32string& out) {
  for (uint32_t code : change.to) {
    if (code != 0) out.push_back(code);
  }
}

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kSmallSigma = 0x3C3;
constexpr char32_t kFinalSigma = 0x3C2;

// Whether the next character beside the capital sigma at `at` that is not ignorable is cased.
// `step` is -1 for the left side, 1 for the right.
bool CasedBeside(std::u32string_view text, size_t at, int step) {
  size_t i = at + step;
  while (i < text.size() && Contains(kSigmaIgnored, text[i])) i += step;
  return i < text.size() && Contains(kSigmaCased, text[i]);
}

// Length and code point of the UTF-8 sequence at the start of `bytes`. For a malformed one: U+FFFD
// and the length of its longest valid beginning, at least 1.
struct Decoded {
  char32_t code;
  size_t length;
};

Decoded DecodeOne(std::string_view bytes) {
  constexpr char32_t kReplacement = 0xFFFD;
  const auto byte = [bytes](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4) return {kReplacement, 1};
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // Only the range of the second byte depends on the lead byte; it excludes overlong forms,
  // surrogates and values above U+10FFFF.
  uint8_t least = 0x80, most = 0xBF;
  if (lead == 0xE0) least = 0xA0;
  if (lead == 0xED) most = 0x9F;
  if (lead == 0xF0) least = 0x90;
  if (lead == 0xF4) most = 0x8F;
  char32_t code = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if (i >= bytes.size() || byte(i) < least || byte(i) > most) return {kReplacement, i};
    code = code << 6 | (byte(i) & 0x3F);
    least = 0x80;
    most = 0xBF;
  }
  return {code, length};
}

}  // namespace

std::u32string DecodeUtf8(std::string_view bytes) {
  std::u32string out(bytes.size(), U'\0');
  size_t length = 0;
  for (size_t at = 0; at < bytes.size();) {
    const auto lead = static_cast<uint8_t>(bytes[at]);
    if (lead < 0x80) {
      out[length++] = lead;
      ++at;
      continue;
    }
    const Decoded decoded = DecodeOne(bytes.substr(at));
    out[length++] = decoded.code;
    at += decoded.length;
  }
  out.resize(length);
  return out;
}

std::string EncodeUtf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t c : text) {
    if ((c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) c = 0xFFFD;
    if (c < 0x80) {
      out.push_back(static_cast<char>(c));
      continue;
    }
    const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr uint8_t kLeads[] = {0, 0xC0, 0xE0, 0xF0};
    out.push_back(static_cast<char>(kLeads[tail] | c >> (6 * tail)));
    for (int i = tail - 1; i >= 0; --i) {
      out.push_back(static_cast<char>(0x80 | (c >> (6 * i) & 0x3F)));
    }
  }
  return out;
}

CharClass ClassOf(char32_t c) {
  if (c < kBasicPlane.size()) return kBasicPlane[c];
  return Contains(kDecimal, c) ? CharClass::kDecimal
         : Contains(kWord, c)  ? CharClass::kWord
         : Contains(kSpace, c) ? CharClass::kSpace
                               : CharClass::kOther;
}

bool IsSpace(char32_t c) {
  constexpr uint64_t kAscii = uint64_t{0x1F} << 0x09 | uint64_t{0x1F} << 0x1C;  // By bit.
  if (c <= U' ') return (kAscii >> c & 1) != 0;
  return c >= 0x80 && ClassOf(c) == CharClass::kSpace;
}

bool IsWord(char32_t c) {
  if (c < 0x80) {
    const char32_t letter = c | 0x20;
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '_';
  }
  return ClassOf(c) >= CharClass::kWord;
}

bool IsDecimal(char32_t c) {
  return c < 0x80 ? c >= '0' && c <= '9' : ClassOf(c) == CharClass::kDecimal;
}
int DecimalValue(char32_t c) {
  // The digits of a script are consecutive from its zero, and adjacent scripts follow in steps of
  // ten.
  char32_t first = c;
  while (first > 0 && IsDecimal(first - 1)) --first;
  return static_cast<int>(c - first) % 10;
}

bool IsDigit(char32_t c) { return c < 0x80 ? c >= '0' && c <= '9' : Contains(kDigit, c); }
bool IsAlpha(char32_t c) {
  return c < 0x80 ? (c | 0x20) >= 'a' && (c | 0x20) <= 'z' : Contains(kAlpha, c);
}
bool IsUpper(char32_t c) { return c < 0x80 ? c >= 'A' && c <= 'Z' : Contains(kUpper, c); }
bool IsLower(char32_t c) { return c < 0x80 ? c >= 'a' && c <= 'z' : Contains(kLower, c); }
bool IsTitle(char32_t c) { return c >= 0x80 && Contains(kTitle, c); }
bool IsPrintable(char32_t c) { return c < 0x80 ? c >= 0x20 && c < 0x7F : Contains(kPrintable, c); }

char32_t FoldCase(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
  return Change(kFold, c);
}

std::u32string FoldCase(std::u32string_view text) {
  std::u32string folded(text);
  for (char32_t& c : folded) c = FoldCase(c);
  return folded;
}

void AppendFolded(const CodePointRange& range, std::vector<CodePointRange>& folded) {
  char32_t next = range.first;  // The first code point not yet handled.
  for (const CaseRun& run : kFold) {
    if (run.last < next) continue;
    if (run.first > range.last) break;
    if (run.first > next) folded.push_back({next, run.first - 1});
    const char32_t first = std::max(next, run.first);
    next = std::min(range.last, run.last) + 1;
    if (run.step == 1) {
      folded.push_back({FoldCase(first), FoldCase(next - 1)});
      continue;
    }
    for (char32_t c = first; c < next; ++c) folded.push_back({FoldCase(c), FoldCase(c)});
  }
  if (next <= range.last) folded.push_back({next, range.last});
}

std::u32string ToLower(std::u32string_view text) {
  // First all of ASCII at once, then the others one by one, and last those that become longer.
  std::u32string out(text.size(), U'\0');
  char32_t bits = 0;  // Bits set in any character.
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    bits |= c;
    out[i] = c >= 'A' && c <= 'Z' ? c + 0x20 : c;
  }
  if (bits < 0x80) return out;
  bool longer = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c < 0x80) continue;
    if (c == kCapitalSigma) {
      const bool final = CasedBeside(text, i, -1) && !CasedBeside(text, i, 1);
      out[i] = final ? kFinalSigma : kSmallSigma;
    } else if (FindLong(kToLowerLong, c) != nullptr) {
      longer = true;
    } else {
      out[i] = Change(kToLower, c);
    }
  }
  if (!longer) return out;
  std::u32string lengthened;
  for (const char32_t c : out) {
    if (const LongCase* change = FindLong(kToLowerLong, c)) {
      AppendLong(*change, lengthened);
    } else {
      lengthened.push_back(c);
    }
  }
  return lengthened;
}

std::u32string ToUpper(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (char32_t c : text) {
    if (const LongCase* change = FindLong(kToUpperLong, c)) {
      AppendLong(*change, out);
    } else {
      out.push_back(Change(kToUpper, c));
    }
  }
  return out;
}

bool IsUpper(std::u32string_view text) {
  bool cased = false;
  for (char32_t c : text) {
    if (IsLower(c) || IsTitle(c)) return false;
    cased = cased || IsUpper(c);
  }
  return cased;
}

bool IsLower(std::u32string_view text) {
  bool cased = false;
  for (char32_t c : text) {
    if (IsUpper(c) || IsTitle(c)) return false;
    cased = cased || IsLower(c);
  }
  return cased;
}

std::u32string_view Strip(std::u32string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::u32string_view StripLeft(std::u32string_view text, std::u32string_view set) {
  text.remove_prefix(std::min(text.find_first_not_of(set), text.size()));
  return text;
}

std::u32string_view StripRight(std::u32string_view text, std::u32string_view set) {
  return text.substr(0, text.find_last_not_of(set) + 1);
}

std::u32string_view Strip(std::u32string_view text, std::u32string_view set) {
  return StripRight(StripLeft(text, set), set);
}

std::vector<std::u32string_view> Split(std::u32string_view text) {
  constexpr size_t kUsualLength = 6;  // Of a word with its space.
  std::vector<std::u32string_view> pieces;
  pieces.reserve(text.size() / kUsualLength + 1);
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && !IsSpace(text[end])) ++end;
    if (end > at) pieces.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return pieces;
}

std::vector<std::u32string_view> Split(std::u32string_view text, std::u32string_view separator) {
  std::vector<std::u32string_view> pieces;
  size_t at = 0;
  for (size_t hit; (hit = FindText(text, separator, at)) != text.npos;
       at = hit + separator.size()) {
    pieces.push_back(text.substr(at, hit - at));
  }
  pieces.push_back(text.substr(at));
  return pieces;
}

}  // namespace hir::python
