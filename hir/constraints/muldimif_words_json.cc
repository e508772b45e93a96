// MulDimIF: the words in the members of a JSON object, whose values Python's str() writes out.
#include <algorithm>
#include <utility>

#include "hir/constraints/muldimif_words.h"
#include "hir/text/python_json.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

// Takes a text that json.loads takes, which bounds how deep it is nested. A string within another
// value is written by repr(), which keeps plain spaces and escapes all other white space; between
// the parts of a list or dict stand ", " and ": ".
class MemberReader {
 public:
  explicit MemberReader(View text) : text_(text) {}

  std::map<std::u32string, size_t> Read() {
    std::map<std::u32string, size_t> words;
    ReadMembers([&](std::u32string key) {
      words[std::move(key)] = text_[at_] == U'"' ? Split(TakeString()).size() : TakeGaps() + 1;
    });
    return words;
  }

 private:
  // A value; counts the gaps between the words of its repr().
  size_t TakeGaps() {
    switch (text_[at_]) {
      case U'"':
        return GapsOf(TakeString());
      case U'{': {
        std::map<std::u32string, size_t> gaps;  // A key that comes again replaces.
        ReadMembers([&](std::u32string key) {
          const size_t of_key = GapsOf(key);
          gaps[std::move(key)] = of_key + 1 + TakeGaps();
        });
        size_t sum = gaps.empty() ? 0 : gaps.size() - 1;
        for (const auto& [key, of_member] : gaps) sum += of_member;
        return sum;
      }
      case U'[': {
        size_t sum = 0;
        ReadParts(U']', [&] { sum += TakeGaps() + 1; });
        return sum == 0 ? 0 : sum - 1;
      }
      default:
        while (at_ < text_.size() && View(U",]} \t\n\r").find(text_[at_]) == View::npos) ++at_;
        return 0;
    }
  }

  // Calls `take`, which takes a value, for each member of an object.
  template <typename Take>
  void ReadMembers(Take take) {
    ReadParts(U'}', [&] {
      std::u32string key = TakeString();
      SkipSpace();
      ++at_;  // The colon.
      SkipSpace();
      take(std::move(key));
    });
  }

  // Calls `take` for each part of an array or object, which begins here.
  template <typename Take>
  void ReadParts(char32_t close, Take take) {
    ++at_;
    for (SkipSpace(); text_[at_] != close;) {
      take();
      SkipSpace();
      if (text_[at_] == U',') ++at_;
      SkipSpace();
    }
    ++at_;
  }

  std::u32string TakeString() {
    std::u32string string;
    for (++at_; text_[at_] != U'"';) {
      if (text_[at_] != U'\\') {
        string += text_[at_++];
        continue;
      }
      const char32_t escaped = text_[at_ + 1];
      at_ += 2;
      constexpr View kEscapes = U"bfnrtu";
      const size_t known = kEscapes.find(escaped);
      if (known == View::npos) {
        string += escaped;
      } else if (escaped != U'u') {
        string += U"\b\f\n\r\t"[known];
      } else {
        char32_t unit = TakeHex();
        if (unit >= 0xD800 && unit < 0xDC00 && text_.substr(at_).starts_with(U"\\u")) {
          const size_t before = at_;
          at_ += 2;
          const char32_t low = TakeHex();
          if (low >= 0xDC00 && low < 0xE000) {
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
          } else {
            at_ = before;
          }
        }
        string += unit;
      }
    }
    ++at_;
    return string;
  }

  // Four hexadecimal digits.
  char32_t TakeHex() {
    char32_t value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char32_t c = text_[at_];
      value = value * 16 + (c <= U'9' ? c - U'0' : (c | 0x20) - U'a' + 10);
    }
    return value;
  }

  void SkipSpace() {
    while (View(U" \t\n\r").find(text_[at_]) != View::npos) ++at_;
  }

  // Runs of spaces; those at the ends stand within the quotes.
  static size_t GapsOf(View string) {
    size_t gaps = 0;
    for (size_t i = 0; i < string.size(); ++i) {
      if (string[i] == U' ' && (i == 0 || string[i - 1] != U' ')) ++gaps;
    }
    return gaps;
  }

  const View text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<std::map<std::u32string, size_t>> CountWordsOfMembers(View text) {
  if (CheckPythonJson(text) != JsonOutcome::kValid) return std::nullopt;
  const View bare = Strip(text);
  if (bare[0] != U'{') return std::nullopt;
  return MemberReader(bare).Read();
}

}  // namespace hir
