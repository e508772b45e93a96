#include "hir/text/python_json.h"

#include "hir/text/unicode.h"

#include <cstddef>

namespace hir {
namespace {

constexpr int kMaxDepth = 992;
constexpr size_t kMaxIntegerDigits = 4300;
constexpr char32_t kEnd = 0xFFFFFFFF;

bool IsDecimalDigit(char32_t c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char32_t c) {
  return IsDecimalDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Recursive descent; each function takes its production and reports failure through outcome_.
class JsonReader {
 public:
  explicit JsonReader(std::u32string_view text) : text_(text) {}

  JsonOutcome Read() {
    SkipSpace();
    if (!Value(0)) return outcome_;
    SkipSpace();
    return at_ == text_.size() ? JsonOutcome::kValid : JsonOutcome::kInvalid;
  }

 private:
  char32_t Peek() const { return at_ < text_.size() ? text_[at_] : kEnd; }
  bool Take(char32_t c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::u32string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void SkipSpace() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }
  size_t TakeDigits() {
    const size_t start = at_;
    while (IsDecimalDigit(Peek())) ++at_;
    return at_ - start;
  }

  bool Value(int depth) {
    switch (Peek()) {
      case '"':
        ++at_;
        return String();
      case '{':
      case '[':
        if (depth == kMaxDepth) {
          outcome_ = JsonOutcome::kTooDeep;
          return false;
        }
        return text_[at_++] == '{' ? Object(depth) : Array(depth);
      default:
        break;
    }
    for (std::u32string_view word :
         {U"null", U"true", U"false", U"NaN", U"Infinity", U"-Infinity"}) {
      if (TakeWord(word)) return true;
    }
    return Number();
  }

  bool Object(int depth) {
    SkipSpace();
    if (Take('}')) return true;
    do {
      SkipSpace();
      if (!Take('"') || !String()) return false;
      SkipSpace();
      if (!Take(':')) return false;
      SkipSpace();
      if (!Value(depth + 1)) return false;
      SkipSpace();
    } while (Take(','));
    return Take('}');
  }

  bool Array(int depth) {
    SkipSpace();
    if (Take(']')) return true;
    do {
      SkipSpace();
      if (!Value(depth + 1)) return false;
      SkipSpace();
    } while (Take(','));
    return Take(']');
  }

  bool String() {
    while (Peek() != kEnd && Peek() >= 0x20) {
      const char32_t c = text_[at_++];
      if (c == '"') return true;
      if (c == '\\' && !Escape()) return false;
    }
    return false;
  }

  bool Escape() {
    if (Take('u')) {
      for (int i = 0; i < 4; ++i, ++at_) {
        if (!IsHexDigit(Peek())) return false;
      }
      return true;
    }
    const bool known = Peek() != kEnd &&
                       std::u32string_view(U"\"\\/bfnrt").find(Peek()) != std::u32string_view::npos;
    ++at_;
    return known;
  }

  bool Number() {
    Take('-');
    const size_t digits = Take('0') ? 1 : TakeDigits();
    if (digits == 0) return false;
    const bool fraction = Fraction();
    const bool exponent = Exponent();
    return fraction || exponent || digits <= kMaxIntegerDigits;
  }

  // A point without digits behind it is no part of the number.
  bool Fraction() {
    const size_t start = at_;
    if (Take('.') && TakeDigits() > 0) return true;
    at_ = start;
    return false;
  }

  bool Exponent() {
    const size_t start = at_;
    if (Take('e') || Take('E')) {
      if (!Take('-')) Take('+');
      if (TakeDigits() > 0) return true;
    }
    at_ = start;
    return false;
  }

  const std::u32string_view text_;
  size_t at_ = 0;
  JsonOutcome outcome_ = JsonOutcome::kInvalid;
};

}  // namespace

JsonOutcome CheckPythonJson(std::u32string_view text) { return JsonReader(text).Read(); }

std::u32string_view WithoutFence(std::u32string_view text) {
  text = Strip(text);
  for (std::u32string_view prefix : {U"```json", U"```Json", U"```JSON", U"```"}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  constexpr std::u32string_view kFence = U"```";
  if (text.ends_with(kFence)) text.remove_suffix(kFence.size());
  return Strip(text);
}

}  // namespace hir
