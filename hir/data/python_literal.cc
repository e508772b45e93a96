#include "hir/data/python_literal.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/text/python/unicode.h"

namespace hir {
namespace {

using nlohmann::json;

constexpr int kDeepest = 100;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<json> Whole() {
    HIR_ASSIGN_OR_RETURN(json value, Value(0));
    SkipSpace();
    if (at_ < text_.size()) return Error("text after the value");
    return value;
  }

 private:
  absl::Status Error(const char* what) const {
    return absl::InvalidArgumentError(absl::StrCat(what, " at byte ", at_ + 1));
  }
  void SkipSpace() {
    while (at_ < text_.size() && absl::ascii_isspace(text_[at_])) ++at_;
  }
  // Takes `c`, with white space before it, if it comes next; returns whether it did.
  bool Takes(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  absl::StatusOr<json> Value(int depth) {
    if (depth > kDeepest) return Error("nested more than 100 deep");
    if (Takes('[')) return List(depth, ']');
    if (Takes('(')) return List(depth, ')');
    if (Takes('{')) return Dict(depth);
    if (Takes('\'')) return String('\'');
    if (Takes('"')) return String('"');
    return Word();
  }

  absl::StatusOr<json> List(int depth, char end) {
    json list = json::array();
    while (!Takes(end)) {
      HIR_ASSIGN_OR_RETURN(json value, Value(depth + 1));
      list.push_back(std::move(value));
      if (Takes(',')) continue;
      if (Takes(end)) break;
      return Error("a list without a comma or an end");
    }
    return list;
  }

  absl::StatusOr<json> Dict(int depth) {
    json dict = json::object();
    while (!Takes('}')) {
      HIR_ASSIGN_OR_RETURN(const json key, Value(depth + 1));
      if (!key.is_string()) return Error("a key that is not a text");
      if (!Takes(':')) return Error("a key without a colon");
      HIR_ASSIGN_OR_RETURN(json value, Value(depth + 1));
      if (!dict.emplace(key.get<std::string>(), std::move(value)).second) {
        return Error("a repeated key");
      }
      if (Takes(',')) continue;
      if (Takes('}')) break;
      return Error("a dict without a comma or an end");
    }
    return dict;
  }

  // None, True, False or a number.
  absl::StatusOr<json> Word() {
    const size_t begin = at_;
    while (at_ < text_.size() && (absl::ascii_isalnum(text_[at_]) || text_[at_] == '+' ||
                                  text_[at_] == '-' || text_[at_] == '.')) {
      ++at_;
    }
    const std::string word(text_.substr(begin, at_ - begin));
    if (word == "None") return json();
    if (word == "True") return json(true);
    if (word == "False") return json(false);
    int64_t whole = 0;
    if (absl::SimpleAtoi(word, &whole)) return json(whole);
    double number = 0;
    if (absl::SimpleAtod(word, &number) && std::isfinite(number)) return json(number);
    at_ = begin;
    return Error("not a Python literal");
  }

  // Reads the rest of a string after its opening quote.
  absl::StatusOr<json> String(char quote) {
    std::string value;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == quote) return json(std::move(value));
      if (c == '\n') break;
      if (c != '\\') {
        value += c;
        continue;
      }
      HIR_RETURN_IF_ERROR(Escape(value));
    }
    return Error("an unterminated string");
  }

  absl::Status Escape(std::string& value) {
    if (at_ >= text_.size()) return Error("an unterminated string");
    constexpr std::string_view kNames = "\\'\"abfnrtv", kValues = "\\'\"\a\b\f\n\r\t\v";
    const char name = text_[at_++];
    if (const size_t found = kNames.find(name); found != std::string_view::npos) {
      value += kValues[found];
      return absl::OkStatus();
    }
    switch (name) {
      case 'x':
        return CodePoint(2, value);
      case 'u':
        return CodePoint(4, value);
      case 'U':
        return CodePoint(8, value);
      default:
        return Error("an escape that repr() does not write");
    }
  }

  absl::Status CodePoint(size_t digits, std::string& value) {
    const std::string hex(text_.substr(at_, digits));
    uint32_t code = 0;
    if (hex.size() != digits || !absl::SimpleHexAtoi(hex, &code) || code > 0x10FFFF ||
        (code >= 0xD800 && code < 0xE000)) {
      return Error("an escape that is not a character");
    }
    at_ += digits;
    value += python::EncodeUtf8(std::u32string(1, static_cast<char32_t>(code)));
    return absl::OkStatus();
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<json> ParsePythonLiteral(std::string_view text) { return Parser(text).Whole(); }

}  // namespace hir
