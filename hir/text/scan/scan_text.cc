#include "hir/text/scan/scan_text.h"

#include <cstring>
#include <utility>

#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/char_class.h"

namespace hir::scan {
namespace {

using python::CharClass;
using python::ClassOf;
using python::DecodeUtf8;
using python::FindText;
using python::FoldCase;
using python::ToLower;

constexpr size_t kNone = std::string_view::npos;

// Whether `c` is one of: capital I with a dot, small i without a dot, long s, the Kelvin sign.
bool IsLikeAscii(char32_t c) { return c == 0x130 || c == 0x131 || c == 0x17F || c == 0x212A; }

char ByteOf(char32_t c) {
  if (c < kAsciiEnd) return static_cast<char>(c);
  switch (ClassOf(c)) {
    case CharClass::kSpace:
      return static_cast<char>(kSpaceByte);
    case CharClass::kWord:
      return static_cast<char>(IsLikeAscii(c) ? kLikeAsciiByte : kWordByte);
    case CharClass::kDecimal:
      return static_cast<char>(kDecimalByte);
    default:
      return static_cast<char>(kOtherByte);
  }
}

bool HasUpperBit(std::string_view bytes) {
  char bits = 0;
  for (const char c : bytes) bits |= c;
  return (bits & 0x80) != 0;
}

// Writes the low byte of each code point; returns the bitwise or of all code points.
char32_t Narrow(std::u32string_view text, char* bytes) {
  char32_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    bytes[i] = static_cast<char>(text[i]);
    bits |= text[i];
  }
  return bits;
}

}  // namespace

ScanText::ScanText(size_t size, bool ascii)
    : size_(size), ascii_(ascii), bytes_(std::make_unique_for_overwrite<char[]>(size + kBlock)) {
  std::memset(bytes_.get() + size, 0, kBlock);
}

ScanText::ScanText(std::u32string text) : ScanText(text.size(), /*ascii=*/true) {
  code_points_ = std::move(text);
  ascii_ = Narrow(code_points_, bytes_.get()) < kAsciiEnd;
  if (ascii_) return;
  for (size_t i = 0; i < size_; ++i) {
    if (code_points_[i] >= kAsciiEnd) bytes_[i] = ByteOf(code_points_[i]);
  }
}

ScanText ScanText::FromUtf8(std::string_view bytes) {
  if (HasUpperBit(bytes)) return ScanText(DecodeUtf8(bytes));
  ScanText text(bytes.size(), /*ascii=*/true);
  bytes.copy(text.bytes_.get(), bytes.size());  // Not memcpy: an empty view may be a null pointer.
  return text;
}

const std::u32string& ScanText::code_points() const {
  if (code_points_.size() == size_) return code_points_;
  if (source_ != nullptr) return code_points_ = derive_(source_->code_points());
  code_points_.resize(size_);
  for (size_t i = 0; i < size_; ++i) code_points_[i] = static_cast<char32_t>(bytes_[i]);
  return code_points_;
}

ScanText ScanText::Lower() const& { return Changed(ToLower); }
ScanText ScanText::Folded() const& { return Changed(FoldCase); }

ScanText ScanText::Changed(Derive derive) const {
  if (!ascii_ && FindByte(*this, static_cast<char>(kLikeAsciiByte)) != kNone) {
    return ScanText(derive(code_points()));
  }
  // No other character becomes longer, becomes ASCII, or changes its class in lower case.
  ScanText changed(size_, ascii_);
  const char* const from = bytes_.get();
  char* const to = changed.bytes_.get();
  for (size_t i = 0; i < size_; ++i) {
    const char c = from[i];
    to[i] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  if (!ascii_) {
    changed.source_ = this;
    changed.derive_ = derive;
  }
  return changed;
}

ScanText ScanText::Part(TextSpan span) const {
  ScanText part(span.size, ascii_ || !HasUpperBit(BytesOf(*this, span)));
  std::memcpy(part.bytes_.get(), bytes_.get() + span.begin, span.size);
  if (!part.ascii_) part.code_points_ = CodePointsOf(*this, span);
  return part;
}

ScanText ScanText::WithoutMarks() const { return Kept<IsNoMarkByte>(); }
ScanText ScanText::WithoutAsterisks() const { return Kept<IsNoneOf<'*'>>(); }

template <typename Test>
ScanText ScanText::Kept() const {
  ScanText kept(size_, ascii_);
  size_t size = 0;
  for (Runs<Test> run(*this); run.Next();) {
    std::memcpy(kept.bytes_.get() + size, bytes_.get() + (*run).begin, (*run).size);
    size += (*run).size;
    if (!ascii_) kept.code_points_.append(CodePointsOf(*this, *run));
  }
  std::memset(kept.bytes_.get() + size, 0, kBlock);
  kept.size_ = size;
  return kept;
}

Needle::Needle(std::u32string_view text) : code_points_(text), bytes_(text.size(), '\0') {
  ascii_ = Narrow(code_points_, bytes_.data()) < kAsciiEnd;
}

size_t FindText(const ScanText& text, const Needle& needle, size_t from) {
  if (needle.size() > text.size() - from) return kNone;
  if (needle.size() == 0) return from;
  if (!needle.ascii()) {
    return text.ascii() ? kNone : FindText(text.code_points(), needle.code_points(), from);
  }
  // Looks for places where first and last byte agree and compares the rest only there.
  const std::string_view wanted = needle.bytes();
  const char* const bytes = text.bytes().data();
  const size_t last = wanted.size() - 1;
  const size_t places = text.size() - last;
  const IsByte is_first = {static_cast<uint8_t>(wanted.front())};
  const IsByte is_last = {static_cast<uint8_t>(wanted.back())};
  // Blocks need not be aligned, and the second of the two that are read ends within the padding.
  for (size_t begin = from; begin < places; begin += kBlock) {
    uint64_t bits = BothBits(bytes + begin, is_first, bytes + begin + last, is_last);
    for (; bits != 0; bits &= bits - 1) {
      const size_t at = begin + std::countr_zero(bits);
      if (at >= places) return kNone;
      if (std::string_view(bytes + at, wanted.size()) == wanted) return at;
    }
  }
  return kNone;
}

std::vector<TextSpan> SplitAt(const ScanText& text, const Needle& separator) {
  std::vector<TextSpan> pieces;
  size_t from = 0;
  for (size_t at; (at = FindText(text, separator, from)) != kNone; from = at + separator.size()) {
    pieces.push_back({from, at - from});
  }
  pieces.push_back({from, text.size() - from});
  return pieces;
}

bool HasTextAt(const ScanText& text, const Needle& needle, size_t at) {
  if (needle.ascii()) return text.bytes().substr(at).starts_with(needle.bytes());
  return std::u32string_view(text.code_points()).substr(at).starts_with(needle.code_points());
}

}  // namespace hir::scan
