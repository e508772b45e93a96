#include "hir/text/langdetect/clean.h"

#include <algorithm>
#include <optional>

#include "hir/text/langdetect/profiles.h"
#include "hir/text/scan/char_class.h"

namespace hir::langdetect::internal {
namespace {

using scan::IsAsciiDigit;
using scan::IsAsciiLetter;
using scan::kAsciiEnd;

bool IsAsciiAlnum(char32_t c) { return c < kAsciiEnd && (IsAsciiLetter(c) || IsAsciiDigit(c)); }

bool IsDomainLabel(char32_t c) { return IsAsciiAlnum(c) || c == U'-' || c == U'_'; }

bool IsMailPart(char32_t c) { return IsDomainLabel(c) || c == U'.'; }

bool IsUrlPart(char32_t c) {
  return IsAsciiAlnum(c) ||
         std::u32string_view(U"-_.?&~;+=/#").find(c) != std::u32string_view::npos;
}

// The length of the run of characters of a class at `at`, at most `limit`.
template <typename Class>
size_t Run(std::u32string_view text, size_t at, size_t limit, Class in_class) {
  size_t length = 0;
  while (length < limit && at + length < text.size() && in_class(text[at + length])) ++length;
  return length;
}

// https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}
size_t UrlLength(std::u32string_view text, size_t at) {
  constexpr size_t kMaxRest = 2076;
  for (std::u32string_view scheme : {U"http://", U"https://"}) {
    if (!text.substr(at).starts_with(scheme)) continue;
    const size_t rest = Run(text, at + scheme.size(), kMaxRest, IsUrlPart);
    return rest == 0 ? 0 : scheme.size() + rest;
  }
  return 0;
}

// Length of [-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255} at `at`, 0 for no match. The second class
// includes the first, so the first run gives one character back when nothing is left for the
// second.
size_t MailDomainLength(std::u32string_view text, size_t at) {
  constexpr size_t kMaxPart = 255;
  const size_t first = Run(text, at, kMaxPart, IsDomainLabel);
  if (first == 0) return 0;
  const size_t second = Run(text, at + first, kMaxPart, IsMailPart);
  return second > 0 || first > 1 ? first + second : 0;
}

bool IsLatinLetterOrBetween(char32_t c) { return c >= U'A' && c <= U'z'; }

}  // namespace

std::u32string RemoveUrls(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t length = text[i] == U'h' ? UrlLength(text, i) : 0;
    out.push_back(length > 0 ? U' ' : text[i]);
    i += std::max<size_t>(length, 1);
  }
  return out;
}

std::u32string RemoveMailAddresses(std::u32string_view text) {
  constexpr size_t kMaxLocal = 64;
  std::u32string out;
  out.reserve(text.size());
  size_t local = 0;  // Characters before this one that may be the part before an @.
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t domain = text[i] == U'@' && local > 0 ? MailDomainLength(text, i + 1) : 0;
    if (domain == 0) {
      local = IsMailPart(text[i]) ? std::min(local + 1, kMaxLocal) : 0;
      out.push_back(text[i]);
      continue;
    }
    out.resize(out.size() - local);
    out.push_back(U' ');
    local = 0;
    i += domain;
  }
  return out;
}

std::u32string CleanForLangdetect(std::u32string_view text) {
  const LangdetectProfiles& profiles = LangdetectProfiles::Get();
  std::u32string without_urls, without_mail;
  if (text.find(U"http") != text.npos) text = without_urls = RemoveUrls(text);
  if (text.find(U'@') != text.npos) text = without_mail = RemoveMailAddresses(text);
  std::u32string out;
  out.reserve(std::min(text.size(), kLangdetectTextLimit));
  size_t latin = 0, other = 0, seen = 0;
  for (size_t i = 0; i < text.size() && seen < kLangdetectTextLimit; ++i, ++seen) {
    char32_t c = text[i];
    // The marks that make Vietnamese letters are all in this range.
    if (i + 1 < text.size() && text[i + 1] >= 0x300 && text[i + 1] <= 0x323) {
      const std::optional<char32_t> composed = profiles.Compose(c, text[i + 1]);
      c = composed.value_or(c);
      if (composed.has_value()) ++i;
    }
    // Only spaces are dropped, so the last character of `out` is the one before.
    if (c == U' ' && out.ends_with(U' ')) continue;
    out.push_back(c);
    if (IsLatinLetterOrBetween(c)) {
      ++latin;
    } else if (c >= 0x300) {
      ++other;
    }
  }
  if (latin * 2 < other) std::erase_if(out, IsLatinLetterOrBetween);
  return out;
}

}  // namespace hir::langdetect::internal
