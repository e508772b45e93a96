// IFBench: brackets, quotes, lists, indentation and markup.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "hir/checkers/ifbench/common.h"
#include "hir/text/lexicon/emoji.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifbench {
namespace {

using lexicon::IsEmoji;
using python::IsAlpha;
using python::IsLower;
using python::IsUpper;
using python::IsWord;
using python::Split;
using python::Strip;
using python::StripMarks;
using python::ToLower;
using python::View;
using python::WithoutPunctuation;
using scan::IsNoneOf;
using scan::IsOneOf;
using scan::IsSpaceByte;
using scan::IsTokenByte;
using scan::Needle;
using scan::Places;
using scan::Runs;
using scan::ScanText;
using scan::TextSpan;
using scan::Tokens;

// re.match(r"\W*[aA]\W*[bB]\W*[cC]\W*", options)
bool ListsLetters(View options) {
  size_t at = 0;
  for (const char32_t letter : View(U"abc")) {
    while (at < options.size() && !IsWord(options[at])) ++at;
    if (at == options.size() || (options[at] | 0x20) != letter) return false;
    ++at;
  }
  return true;
}

// Letters (a, b, c ...) must be given as they are; of other options only the words count. Options
// are split at "/", else at "or", else at a comma: "for" is cut in two.
StatusOrChecker MakeOptions(const Arguments& arguments) {
  const std::u32string options = arguments.String("options");
  const View separator = options.find(U'/') != View::npos    ? U"/"
                         : options.find(U"or") != View::npos ? U"or"
                                                             : U",";
  const bool strict = ListsLetters(options);
  std::vector<std::u32string> accepted;
  for (const View option : Split(options, separator)) {
    const View stripped = Strip(option);
    accepted.push_back(strict ? std::u32string(stripped) : ToLower(StripMarks(stripped)));
  }
  return CheckerFrom([strict, accepted](const ResponseText& response) {
    const std::u32string answer = strict ? response.text() : ToLower(StripMarks(response.text()));
    return PassIf(std::find(accepted.begin(), accepted.end(), answer) != accepted.end());
  });
}

CheckResult HasAWordALine(const ResponseText& response) {
  const ScanText text = response.scan().WithoutMarks();
  const TextSpan stripped = Strip(text);
  size_t filled = 0;
  for (Runs<IsNoneOf<'\n'>> line(text); line.Next();) {
    filled += (*line).end() > stripped.begin && (*line).begin < stripped.end() ? 1 : 0;
  }
  return PassIf(filled == CountRuns(text, IsTokenByte()));
}

// An emoji counts if it is the last or second to last character of a sentence, or the first one of
// the next sentence.
CheckResult EverySentenceEndsInAnEmoji(Ruleset ruleset, const ResponseText& response) {
  constexpr char kEmpty[] = "The official checker finds nothing in a sentence here.";
  std::vector<std::u32string> sentences;
  for (const View sentence : SentencesBy(ruleset, response)) {
    sentences.emplace_back(Strip(WithoutPunctuation(sentence)));
  }
  for (size_t i = 0; i < sentences.size(); ++i) {
    const View sentence = sentences[i];
    if (sentence.empty()) return FailsOrRaises(ruleset, kEmpty);
    const char32_t last_but_one = sentence[sentence.size() < 2 ? 0 : sentence.size() - 2];
    if (IsEmoji(sentence.back()) || IsEmoji(last_but_one)) continue;
    if (i + 1 == sentences.size()) return PassIf(false);
    if (sentences[i + 1].empty()) return FailsOrRaises(ruleset, kEmpty);
    if (!IsEmoji(sentences[i + 1][0])) return PassIf(false);
  }
  return PassIf(true);
}

// Five levels, one of them closed; a closing bracket of another kind resets the count.
CheckResult HasFiveBracketLevels(const ResponseText& response) {
  constexpr size_t kLevels = 5;
  const auto opening_of = [](char closing) {
    return closing == ')' ? '(' : closing == ']' ? '[' : closing == '}' ? '{' : '\0';
  };
  const ScanText& text = response.scan();
  Places<IsOneOf<'(', '[', '{', ')', ']', '}'>> brackets(text);
  std::string open;
  size_t deepest = 0;
  for (size_t at = 0; (at = brackets.NextFrom(at)) != View::npos; ++at) {
    const char bracket = text.bytes()[at];
    const char opening = opening_of(bracket);
    if (opening == '\0') {
      open += bracket;
      deepest = std::max(deepest, open.size());
      continue;
    }
    if (open.empty() || open.back() != opening) {
      open.clear();
      deepest = 0;
      continue;
    }
    open.pop_back();
    if (deepest >= kLevels && open.size() < deepest) return PassIf(true);
  }
  return PassIf(false);
}

// An apostrophe counts as a quotation mark.
CheckResult HasThreeQuoteLevels(const ResponseText& response) {
  constexpr size_t kLevels = 3;
  const ScanText& text = response.scan();
  Places<IsOneOf<'"', '\''>> quotes(text);
  std::string open;
  size_t deepest = 0;
  for (size_t at = 0; (at = quotes.NextFrom(at)) != View::npos; ++at) {
    const char quote = text.bytes()[at];
    if (!open.empty() && quote == open.back()) {
      open.pop_back();
      if (deepest - open.size() >= kLevels) return PassIf(true);
    } else {
      open += quote;
      deepest = std::max(deepest, open.size());
    }
  }
  return PassIf(false);
}

// A word fails when all of it is in lower case, or all but its first letter in upper case; other
// mixtures pass.
CheckResult IsInTitleCase(Ruleset ruleset, const ResponseText& response) {
  return PassIf(response.EveryToken([ruleset](View word) {
    const View first = word.substr(0, 1), rest = word.substr(1);
    if (ruleset == Ruleset::kIfbench020) {
      if (!IsAlpha(word[0])) return true;
      if (rest.empty()) return !IsLower(first);
    }
    return !(IsLower(first) && (IsUpper(rest) || IsLower(rest)));
  }));
}

CheckResult HasTheThreeLabels(const ResponseText& response) {
  static const auto* const labels = new std::array<Needle, 3>{
      Needle(U"My Answer:"), Needle(U"My Conclusion:"), Needle(U"Future Outlook:")};
  return PassIf(std::all_of(labels->begin(), labels->end(), [&response](const Needle& label) {
    return HasText(response.scan(), label);
  }));
}

CheckResult HasNoWhiteSpace(const ResponseText& response) {
  return PassIf(Places<IsSpaceByte>(response.scan()).NextFrom(0) == View::npos);
}

// The bytes of `text` without '"' (with the marks around it) and without white space.
std::string WithoutQuotedQuotes(const ScanText& text) {
  static const auto* const quoted = new Needle(U"'\"'");
  std::string kept;
  size_t next = FindText(text, *quoted);
  for (Tokens token(text); token.Next();) {
    size_t begin = (*token).begin;
    for (; next < (*token).end(); next = FindText(text, *quoted, begin)) {
      kept.append(BytesOf(text, {begin, next - begin}));
      begin = next + quoted->size();
    }
    kept.append(BytesOf(text, {begin, (*token).end() - begin}));
  }
  return kept;
}

// Quotes must not touch, and the text must not end with one. The older copy takes curly quotes for
// straight ones, and raises when nothing but marks and digits is left.
CheckResult EveryQuoteIsExplained(Ruleset ruleset, const ResponseText& response) {
  const bool older = ruleset == Ruleset::kIfbench2025;
  if (!older && FindByte(response.scan(), '"') == View::npos) return PassIf(true);
  std::string text;
  if (older) {
    std::u32string straight = response.text();
    std::replace(straight.begin(), straight.end(), U'\u201c', U'"');
    std::replace(straight.begin(), straight.end(), U'\u201d', U'"');
    text = WithoutQuotedQuotes(ScanText(std::move(straight)));
  } else {
    text = WithoutQuotedQuotes(response.scan());
  }
  if (text.find("\"\"") != std::string::npos) return PassIf(false);
  constexpr std::string_view kStripped = "0123456789!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  const size_t last = text.find_last_not_of(kStripped);
  if (last != std::string::npos) return PassIf(text[last] != '"');
  if (older) return Undecidable("The official checker finds nothing but marks and digits here.");
  return PassIf(true);
}

StatusOrChecker MakeList(const Arguments& arguments) {
  return CheckerFrom([marker = Needle(arguments.String("sep"))](const ResponseText& response) {
    const ScanText& text = response.scan();
    if (marker.size() == 0) return PassIf(true);
    const size_t first = FindText(text, marker);
    return PassIf(first != View::npos &&
                  FindText(text, marker, first + marker.size()) != View::npos);
  });
}

// The tags i and em are treated alike and cut by the length of the shorter, so that an em
// leaves some of its own characters.
CheckResult HasAThesisInItalics(const ResponseText& response) {
  struct Tags {
    Needle i, em;
    size_t FirstIn(const ScanText& text, size_t from) const {
      const size_t at = FindText(text, i, from);
      return at != View::npos ? at : FindText(text, em, from);
    }
  };
  static const auto* const opening = new Tags{Needle(U"<i>"), Needle(U"<em>")};
  static const auto* const closing = new Tags{Needle(U"</i>"), Needle(U"</em>")};
  const ScanText& text = response.scan();
  const size_t begin = opening->FirstIn(text, 0);
  if (begin == View::npos) return PassIf(false);
  const size_t end = closing->FirstIn(text, begin);
  if (end == View::npos) return PassIf(false);
  const size_t inside = std::min(begin + 3, end), behind = std::min(text.size(), end + 4);
  return PassIf(!Strip(text, {inside, end - inside}).empty() &&
                !Strip(text, {behind, text.size() - behind}).empty());
}

// Every asterisk counts, so bold text breaks it; without any it passes.
CheckResult EveryBulletHasASubBullet(const ResponseText& response) {
  const ScanText& text = response.scan();
  Places<IsOneOf<'*', '-'>> bullets(text);
  bool waiting = false;  // For the sub-bullet of an asterisk.
  for (size_t at = 0; (at = bullets.NextFrom(at)) != View::npos; ++at) {
    const bool asterisk = text.bytes()[at] == '*';
    if (asterisk && waiting) return PassIf(false);
    waiting = asterisk;
  }
  return PassIf(!waiting);
}

}  // namespace

void RegisterFormat(CheckerRegistry& registry, Ruleset ruleset) {
  using enum ArgumentType;
  const auto by_ruleset = [&](const char* kind, auto check) {
    RegisterPlain(registry, kind, [ruleset, check](const ResponseText& response) {
      return check(ruleset, response);
    });
  };
  registry.Register({"format:options", {{"options", kString}}, MakeOptions});
  RegisterPlain(registry, "format:newline", HasAWordALine);
  by_ruleset("format:emoji", EverySentenceEndsInAnEmoji);
  RegisterPlain(registry, "format:parentheses", HasFiveBracketLevels);
  RegisterPlain(registry, "format:quotes", HasThreeQuoteLevels);
  by_ruleset("format:title_case", IsInTitleCase);
  RegisterPlain(registry, "format:output_template", HasTheThreeLabels);
  RegisterPlain(registry, "format:no_whitespace", HasNoWhiteSpace);
  by_ruleset("format:quote_unquote", EveryQuoteIsExplained);
  registry.Register({"format:list", {{"sep", kString}}, MakeList});
  RegisterPlain(registry, "format:thesis", HasAThesisInItalics);
  RegisterPlain(registry, "format:sub-bullets", EveryBulletHasASubBullet);
}

}  // namespace hir::ifbench
