#include "hir/text/regex/syntax.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/text/python/unicode.h"

namespace hir::regex::internal {
namespace {

using python::EncodeUtf8;
using scan::IsAsciiDigit;
using scan::IsAsciiLetter;

constexpr int kMaxDepth = 100;
constexpr size_t kMaxShown = 100;
constexpr int kMaxRepeat = 10000;
constexpr char32_t kEnd = 0xFFFFFFFF;  // Peek() past the last character; no code point.

std::optional<uint32_t> HexDigit(char32_t c) {
  if (IsAsciiDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// Sets the flag of a class escape such as \d. Returns false if `letter` is not a class.
bool AddCategory(char32_t letter, CharSet& set) {
  switch (letter) {
    case 's':
      return set.space = true;
    case 'S':
      return set.not_space = true;
    case 'w':
      return set.word = true;
    case 'W':
      return set.not_word = true;
    case 'd':
      return set.decimal = true;
    case 'D':
      return set.not_decimal = true;
    default:
      return false;
  }
}

class Parser {
 public:
  Parser(std::u32string_view pattern, bool ignore_case, bool multiline)
      : pattern_(pattern), ignore_case_(ignore_case), multiline_(multiline) {}

  absl::StatusOr<RegexTree> ParseAll() {
    HIR_ASSIGN_OR_RETURN(tree_.root, ParseAlternatives(0));
    if (Peek() != kEnd) return Invalid("unbalanced parenthesis");
    return std::move(tree_);
  }

 private:
  absl::Status Invalid(const char* what) const {
    return absl::InvalidArgumentError(absl::StrCat("Python's re rejects the pattern \"", Shown(),
                                                   "\": ", what, " at ", at_, "."));
  }
  absl::Status Refuse(const char* what) const {
    return absl::UnimplementedError(
        absl::StrCat("The pattern \"", Shown(), "\" uses ", what, ", which is not supported."));
  }
  // Shortened, since the message may be stored with every response.
  std::string Shown() const { return EncodeUtf8(pattern_.substr(0, kMaxShown)); }

  char32_t Peek(size_t ahead = 0) const {
    return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : kEnd;
  }
  bool Take(char32_t c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  RegexNode SetNode(CharSet set) {
    set.Finish(ignore_case_);
    RegexNode node;
    node.kind = RegexNode::Kind::kSet;
    node.set = static_cast<uint32_t>(tree_.sets.size());
    tree_.sets.push_back(std::move(set));
    return node;
  }
  RegexNode LiteralNode(char32_t c) {
    CharSet set;
    set.ranges = {{c, c}};
    return SetNode(std::move(set));
  }
  static RegexNode AssertionNode(Assertion assertion) {
    RegexNode node;
    node.kind = RegexNode::Kind::kAssertion;
    node.assertion = assertion;
    return node;
  }

  absl::StatusOr<RegexNode> ParseAlternatives(int depth) {
    if (depth > kMaxDepth) return Refuse("more than 100 nested groups");
    RegexNode node;
    node.kind = RegexNode::Kind::kAlternatives;
    do {
      HIR_ASSIGN_OR_RETURN(RegexNode sequence, ParseSequence(depth));
      node.parts.push_back(std::move(sequence));
    } while (Take('|'));
    return node;
  }

  absl::StatusOr<RegexNode> ParseSequence(int depth) {
    RegexNode sequence;
    sequence.kind = RegexNode::Kind::kSequence;
    while (Peek() != kEnd && Peek() != '|' && Peek() != ')') {
      HIR_ASSIGN_OR_RETURN(std::optional<Bounds> bounds, ParseBounds());
      if (bounds.has_value()) {
        HIR_RETURN_IF_ERROR(Repeat(*bounds, sequence));
        continue;
      }
      HIR_ASSIGN_OR_RETURN(RegexNode item, ParseItem(depth));
      sequence.parts.push_back(std::move(item));
    }
    return sequence;
  }

  struct Bounds {
    int least;
    int most;
  };

  // Takes a quantifier; nullopt if there is none.
  absl::StatusOr<std::optional<Bounds>> ParseBounds() {
    if (Take('*')) return Bounds{0, kUnbounded};
    if (Take('+')) return Bounds{1, kUnbounded};
    if (Take('?')) return Bounds{0, 1};
    if (Peek() != '{' || Peek(1) == '}') return std::nullopt;
    const size_t start = at_++;
    const std::string least = TakeDigits();
    std::string most = least;
    if (Take(',')) most = TakeDigits();
    if (!Take('}')) {  // An ordinary brace.
      at_ = start;
      return std::nullopt;
    }
    if (least.size() > 5 || most.size() > 5) return Refuse("a repeat count above 10000");
    const Bounds bounds = {least.empty() ? 0 : std::stoi(least),
                           most.empty() ? kUnbounded : std::stoi(most)};
    if (bounds.most != kUnbounded && bounds.most < bounds.least) {
      return Invalid("min repeat greater than max repeat");
    }
    if (std::max(bounds.least, bounds.most) > kMaxRepeat) {
      return Refuse("a repeat count above 10000");
    }
    return bounds;
  }

  std::string TakeDigits() {
    std::string digits;
    while (IsAsciiDigit(Peek())) digits.push_back(static_cast<char>(pattern_[at_++]));
    return digits;
  }

  absl::Status Repeat(const Bounds& bounds, RegexNode& sequence) {
    if (sequence.parts.empty() || sequence.parts.back().kind == RegexNode::Kind::kAssertion) {
      return Invalid("nothing to repeat");
    }
    if (sequence.parts.back().kind == RegexNode::Kind::kRepeat) return Invalid("multiple repeat");
    RegexNode repeat;
    repeat.kind = RegexNode::Kind::kRepeat;
    repeat.least = bounds.least;
    repeat.most = bounds.most;
    if (Take('?')) {
      repeat.greedy = false;
    } else if (Take('+')) {
      repeat.possessive = true;
      if (sequence.parts.back().kind != RegexNode::Kind::kSet) {
        return Refuse("a possessive repeat of a group");
      }
    }
    if (sequence.parts.back().Nullable() && bounds.most != 1) {
      return Refuse("a repeat of what can match nothing");
    }
    repeat.parts.push_back(std::move(sequence.parts.back()));
    sequence.parts.back() = std::move(repeat);
    return absl::OkStatus();
  }

  absl::StatusOr<RegexNode> ParseItem(int depth) {
    const char32_t c = pattern_[at_++];
    switch (c) {
      case '.': {
        CharSet set;
        set.ranges = {{'\n', '\n'}};
        set.negated = true;
        return SetNode(std::move(set));
      }
      case '^':
        return AssertionNode(multiline_ ? Assertion::kLineStart : Assertion::kTextStart);
      case '$':
        return AssertionNode(multiline_ ? Assertion::kLineEnd : Assertion::kTextEndOrLine);
      case '(':
        return ParseGroup(depth);
      case '[':
        return ParseClass();
      case '\\':
        return ParseEscape();
      default:
        return LiteralNode(c);
    }
  }

  absl::StatusOr<RegexNode> ParseGroup(int depth) {
    if (Take('?')) {
      if (Peek() == kEnd) return Invalid("unexpected end of pattern");
      if (!Take(':')) return Refuse("a group that begins with \"(?\"");
    } else {
      ++tree_.groups;
    }
    HIR_ASSIGN_OR_RETURN(RegexNode body, ParseAlternatives(depth + 1));
    if (!Take(')')) return Invalid("missing ), unterminated subpattern");
    // A group is a node of its own even if it is just a repeat or an assertion, since it may be
    // repeated again.
    RegexNode group;
    group.kind = RegexNode::Kind::kSequence;
    group.parts.push_back(std::move(body));
    return group;
  }

  absl::StatusOr<RegexNode> ParseEscape() {
    switch (Peek()) {
      case 'A':
        ++at_;
        return AssertionNode(Assertion::kTextStart);
      case 'Z':
        ++at_;
        return AssertionNode(Assertion::kTextEnd);
      case 'b':
        ++at_;
        return AssertionNode(Assertion::kWordBoundary);
      case 'B':
        ++at_;
        return AssertionNode(Assertion::kNotWordBoundary);
      default:
        break;
    }
    CharSet set;
    if (AddCategory(Peek(), set)) {
      ++at_;
      return SetNode(std::move(set));
    }
    HIR_ASSIGN_OR_RETURN(const char32_t c, ParseCharEscape());
    return LiteralNode(c);
  }

  // Reads the character of an escape after its backslash.
  absl::StatusOr<char32_t> ParseCharEscape() {
    if (Peek() == kEnd) return Invalid("bad escape (end of pattern)");
    const char32_t c = pattern_[at_++];
    switch (c) {
      case 'a':
        return U'\a';
      case 'f':
        return U'\f';
      case 'n':
        return U'\n';
      case 'r':
        return U'\r';
      case 't':
        return U'\t';
      case 'v':
        return U'\v';
      case 'x':
        return ParseHex(2);
      case 'u':
        return ParseHex(4);
      case 'U':
        return ParseHex(8);
      case 'N':
        return Refuse("a named character");
      default:
        break;
    }
    if (IsAsciiDigit(c)) return Refuse("a back-reference or an octal escape");
    if (IsAsciiLetter(c)) return Invalid("bad escape");
    return c;
  }

  absl::StatusOr<char32_t> ParseHex(int digits) {
    char32_t code = 0;
    for (int i = 0; i < digits; ++i) {
      const std::optional<uint32_t> digit = HexDigit(Peek());
      if (!digit.has_value()) return Invalid("incomplete escape");
      code = code << 4 | *digit;
      ++at_;
    }
    if (code > 0x10FFFF) return Invalid("bad escape");
    return code;
  }

  absl::StatusOr<RegexNode> ParseClass() {
    CharSet set;
    set.negated = Take('^');
    for (bool first = true; first || Peek() != ']'; first = false) {
      HIR_ASSIGN_OR_RETURN(const std::optional<char32_t> low, ParseClassMember(set));
      if (Peek() != '-' || Peek(1) == ']') {
        if (low.has_value()) set.ranges.push_back({*low, *low});
        continue;
      }
      ++at_;
      CharSet ignored;
      HIR_ASSIGN_OR_RETURN(const std::optional<char32_t> high, ParseClassMember(ignored));
      if (!low.has_value() || !high.has_value() || *high < *low) {
        return Invalid("bad character range");
      }
      set.ranges.push_back({*low, *high});
    }
    ++at_;
    return SetNode(std::move(set));
  }

  // Reads one character of a class; nullopt if it was a class escape, which is added to `set`.
  absl::StatusOr<std::optional<char32_t>> ParseClassMember(CharSet& set) {
    if (Peek() == kEnd) return Invalid("unterminated character set");
    if (!Take('\\')) return pattern_[at_++];
    if (Take('b')) return U'\b';
    if (AddCategory(Peek(), set)) {
      ++at_;
      return std::nullopt;
    }
    HIR_ASSIGN_OR_RETURN(const char32_t c, ParseCharEscape());
    return c;
  }

  const std::u32string_view pattern_;
  const bool ignore_case_;
  const bool multiline_;
  size_t at_ = 0;
  RegexTree tree_;
};

}  // namespace

bool RegexNode::Nullable() const {
  const auto nullable = [](const RegexNode& part) { return part.Nullable(); };
  switch (kind) {
    case Kind::kSet:
      return false;
    case Kind::kSequence:
      return std::all_of(parts.begin(), parts.end(), nullable);
    case Kind::kAlternatives:
      return std::any_of(parts.begin(), parts.end(), nullable);
    case Kind::kRepeat:
      return least == 0 || parts.front().Nullable();
    default:
      return true;
  }
}

absl::StatusOr<RegexTree> ParseRegex(std::u32string_view pattern, bool ignore_case,
                                     bool multiline) {
  return Parser(pattern, ignore_case, multiline).ParseAll();
}

}  // namespace hir::regex::internal
