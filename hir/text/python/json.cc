#include "hir/text/python/json.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <unordered_map>
#include <utility>

#include "hir/text/python/unicode.h"

namespace hir::python {
namespace {

constexpr size_t kMaxIntegerDigits = 4300;
constexpr char32_t kEnd = 0xFFFFFFFF;

bool IsDecimalDigit(char32_t c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char32_t c) {
  return IsDecimalDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// float.__repr__: the shortest digits that read back as the same number.
std::u32string FloatRepr(double value) {
  if (std::isnan(value)) return U"nan";
  if (std::isinf(value)) return value < 0 ? U"-inf" : U"inf";
  char buffer[32];
  const auto written =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  // [-]d[.ddd]e[+-]dd
  std::string_view scientific(buffer, static_cast<size_t>(written.ptr - buffer));
  const bool negative = scientific.starts_with('-');
  if (negative) scientific.remove_prefix(1);
  const size_t e = scientific.find('e');
  int exponent = 0;
  const char* const exponent_begin = scientific.data() + e + (scientific[e + 1] == '+' ? 2 : 1);
  std::from_chars(exponent_begin, scientific.data() + scientific.size(), exponent);
  std::string repr;
  if (exponent < -4 || exponent >= 16) {
    repr = scientific;
  } else {
    std::string digits(1, scientific[0]);
    if (e > 2) digits.append(scientific.substr(2, e - 2));
    if (exponent < 0) {
      repr = "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
    } else {
      const auto point = static_cast<size_t>(exponent) + 1;
      if (digits.size() < point) digits.resize(point, '0');
      repr = digits.substr(0, point) + "." + (digits.size() == point ? "0" : digits.substr(point));
    }
  }
  return DecodeUtf8((negative ? "-" : "") + repr);
}

// A recursive-descent parser; each function takes its production and reports failure through
// outcome_. If `value` is not null, it receives the parsed value.
class JsonReader {
 public:
  explicit JsonReader(std::u32string_view text) : text_(text) {}

  JsonOutcome Read(PythonValue* value) {
    SkipSpace();
    if (!Value(0, value)) return outcome_;
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

  bool Value(int depth, PythonValue* value) {
    switch (Peek()) {
      case '"':
        ++at_;
        if (value != nullptr) value->kind = PythonValue::Kind::kString;
        return String(value == nullptr ? nullptr : &value->text);
      case '{':
      case '[':
        if (depth == kMaxPythonJsonDepth) {
          outcome_ = JsonOutcome::kTooDeep;
          return false;
        }
        return text_[at_++] == '{' ? Object(depth, value) : Array(depth, value);
      default:
        break;
    }
    static constexpr std::pair<std::u32string_view, std::u32string_view> kWords[] = {
        {U"null", U"None"}, {U"true", U"True"},    {U"false", U"False"},
        {U"NaN", U"nan"},   {U"Infinity", U"inf"}, {U"-Infinity", U"-inf"}};
    for (const auto& [word, written] : kWords) {
      if (!TakeWord(word)) continue;
      if (value != nullptr) value->text = written;
      return true;
    }
    return Number(value);
  }

  bool Object(int depth, PythonValue* value) {
    if (value != nullptr) value->kind = PythonValue::Kind::kDict;
    std::unordered_map<std::u32string, size_t> places;
    SkipSpace();
    if (Take('}')) return true;
    do {
      std::u32string key;
      PythonValue item;
      SkipSpace();
      if (!Take('"') || !String(value == nullptr ? nullptr : &key)) return false;
      SkipSpace();
      if (!Take(':')) return false;
      SkipSpace();
      if (!Value(depth + 1, value == nullptr ? nullptr : &item)) return false;
      SkipSpace();
      if (value == nullptr) continue;
      // A repeated key keeps its place and gets the new value.
      const auto [known, added] = places.emplace(key, value->items.size());
      if (added) {
        value->keys.push_back(std::move(key));
        value->items.push_back(std::move(item));
      } else {
        value->items[known->second] = std::move(item);
      }
    } while (Take(','));
    return Take('}');
  }

  bool Array(int depth, PythonValue* value) {
    if (value != nullptr) value->kind = PythonValue::Kind::kList;
    SkipSpace();
    if (Take(']')) return true;
    do {
      SkipSpace();
      if (!Value(depth + 1, value == nullptr ? nullptr : &value->items.emplace_back()))
        return false;
      SkipSpace();
    } while (Take(','));
    return Take(']');
  }

  bool String(std::u32string* string) {
    for (;;) {
      const size_t begin = at_;
      while (at_ < text_.size() && text_[at_] >= 0x20 && text_[at_] != '"' && text_[at_] != '\\') {
        ++at_;
      }
      if (string != nullptr) string->append(text_.substr(begin, at_ - begin));
      if (at_ == text_.size() || text_[at_] < 0x20) return false;
      if (text_[at_++] == '"') return true;
      if (!Escape(string)) return false;
    }
  }

  bool Escape(std::u32string* string) {
    char32_t escaped = 0;
    if (Take('u')) {
      if (!TakeHex(escaped)) return false;
      if (escaped >= 0xD800 && escaped < 0xDC00) escaped = JoinSurrogates(escaped);
    } else {
      constexpr std::u32string_view kEscapes = U"\"\\/bfnrt";
      const size_t known = Peek() == kEnd ? std::u32string_view::npos : kEscapes.find(Peek());
      ++at_;
      if (known == std::u32string_view::npos) return false;
      escaped = U"\"\\/\b\f\n\r\t"[known];
    }
    if (string != nullptr) string->push_back(escaped);
    return true;
  }

  // Four digits.
  bool TakeHex(char32_t& value) {
    value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char32_t c = Peek();
      if (!IsHexDigit(c)) return false;
      value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return true;
  }

  // The code point of `high` and the escaped low surrogate that follows; `high` if none follows.
  char32_t JoinSurrogates(char32_t high) {
    const size_t before = at_;
    char32_t low = 0;
    if (TakeWord(U"\\u") && TakeHex(low) && low >= 0xDC00 && low < 0xE000) {
      return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    }
    at_ = before;
    return high;
  }

  bool Number(PythonValue* value) {
    const size_t start = at_;
    Take('-');
    const size_t digits = Take('0') ? 1 : TakeDigits();
    if (digits == 0) return false;
    const bool fraction = Fraction();
    const bool exponent = Exponent();
    const bool is_integer = !fraction && !exponent;
    if (is_integer && digits > kMaxIntegerDigits) {
      outcome_ = JsonOutcome::kTooManyDigits;
      return false;
    }
    if (value == nullptr) return true;
    const std::u32string_view number = text_.substr(start, at_ - start);
    if (is_integer) {
      value->text = number == U"-0" ? U"0" : number;
    } else {
      const std::string ascii(number.begin(), number.end());
      value->text = FloatRepr(std::strtod(ascii.c_str(), nullptr));
    }
    return true;
  }

  // A point without digits after it is not part of the number.
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

void AppendHex(char32_t c, int digits, std::u32string& out) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out += U"0123456789abcdef"[(c >> shift) & 0xF];
  }
}

// repr() of a string.
void AppendQuoted(std::u32string_view string, std::u32string& out) {
  const bool has_single = string.find(U'\'') != std::u32string_view::npos;
  const bool has_double = string.find(U'"') != std::u32string_view::npos;
  const char32_t quote = has_single && !has_double ? U'"' : U'\'';
  out += quote;
  for (const char32_t c : string) {
    constexpr std::u32string_view kShort = U"\t\n\r";
    if (c == quote || c == U'\\') {
      out.append({U'\\', c});
    } else if (const size_t at = kShort.find(c); at != std::u32string_view::npos) {
      out.append({U'\\', U"tnr"[at]});
    } else if (IsPrintable(c)) {
      out += c;
    } else {
      const int digits = c <= 0xFF ? 2 : c <= 0xFFFF ? 4 : 8;
      out.append({U'\\', digits == 2 ? U'x' : digits == 4 ? U'u' : U'U'});
      AppendHex(c, digits, out);
    }
  }
  out += quote;
}

// repr(value)
void AppendRepr(const PythonValue& value, std::u32string& out) {
  switch (value.kind) {
    case PythonValue::Kind::kOther:
      out += value.text;
      return;
    case PythonValue::Kind::kString:
      AppendQuoted(value.text, out);
      return;
    case PythonValue::Kind::kList:
    case PythonValue::Kind::kDict:
      break;
  }
  const bool is_dict = value.kind == PythonValue::Kind::kDict;
  out += is_dict ? U'{' : U'[';
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) out += U", ";
    if (is_dict) {
      AppendQuoted(value.keys[i], out);
      out += U": ";
    }
    AppendRepr(value.items[i], out);
  }
  out += is_dict ? U'}' : U']';
}

}  // namespace

JsonOutcome CheckPythonJson(std::u32string_view text) { return JsonReader(text).Read(nullptr); }

JsonOutcome ReadPythonJson(std::u32string_view text, PythonValue& value) {
  value = PythonValue();
  return JsonReader(text).Read(&value);
}

std::u32string PythonStr(const PythonValue& value) {
  if (value.kind == PythonValue::Kind::kString) return value.text;
  std::u32string out;
  AppendRepr(value, out);
  return out;
}

std::u32string_view WithoutFence(std::u32string_view text) {
  text = Strip(text);
  for (std::u32string_view prefix : {U"```json", U"```Json", U"```JSON", U"```"}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  constexpr std::u32string_view kFence = U"```";
  if (text.ends_with(kFence)) text.remove_suffix(kFence.size());
  return Strip(text);
}

}  // namespace hir::python
