// IFBench: brackets, quotes, lists, indentation and markup.
#include <algorithm>
#include <string>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/constraints/ifbench.h"
#include "hir/text/ascii_punctuation.h"
#include "hir/text/emoji.h"
#include "hir/text/python_regex.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

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

// Letters (a, b, c ...) must be given as they stand; of other options only the words count. "/"
// divides options, else "or", else a comma: "for" is cut in two.
MadeChecker MakeOptions(const Arguments& arguments) {
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
  return MakeChecker([strict, accepted](const ResponseText& response) {
    const std::u32string answer = strict ? response.text() : ToLower(StripMarks(response.text()));
    return PassIf(std::find(accepted.begin(), accepted.end(), answer) != accepted.end());
  });
}

CheckResult HasAWordALine(const ResponseText& response) {
  const std::u32string bare = WithoutPunctuation(response.text());
  const View text = Strip(bare);
  const std::vector<View> lines = Split(text, U"\n");
  const auto filled =
      std::count_if(lines.begin(), lines.end(), [](View line) { return !line.empty(); });
  return PassIf(static_cast<size_t>(filled) == Split(text).size());
}

// An emoji counts as the last or the last but one character of a sentence, or as the first of the
// next one.
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

// Five levels and one of them closed; a bracket of another kind begins all over.
CheckResult HasFiveBracketLevels(const ResponseText& response) {
  constexpr size_t kLevels = 5;
  constexpr View kOpening = U"([{", kClosing = U")]}";
  std::u32string open;
  size_t deepest = 0;
  for (const char32_t c : response.text()) {
    if (kOpening.find(c) != View::npos) {
      open += c;
      deepest = std::max(deepest, open.size());
      continue;
    }
    const size_t kind = kClosing.find(c);
    if (kind == View::npos) continue;
    if (open.empty() || open.back() != kOpening[kind]) {
      open.clear();
      deepest = 0;
      continue;
    }
    open.pop_back();
    if (deepest >= kLevels && open.size() < deepest) return PassIf(true);
  }
  return PassIf(false);
}

// An apostrophe is a quote.
CheckResult HasThreeQuoteLevels(const ResponseText& response) {
  constexpr size_t kLevels = 3;
  std::u32string open;
  size_t deepest = 0;
  for (const char32_t c : response.text()) {
    if (!open.empty() && c == open.back()) {
      open.pop_back();
      if (deepest - open.size() >= kLevels) return PassIf(true);
    } else if (c == U'"' || c == U'\'') {
      open += c;
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
  const View text = response.text();
  return PassIf(text.find(U"My Answer:") != View::npos &&
                text.find(U"My Conclusion:") != View::npos &&
                text.find(U"Future Outlook:") != View::npos);
}

CheckResult HasNoWhiteSpace(const ResponseText& response) {
  const std::u32string& text = response.text();
  return PassIf(std::none_of(text.begin(), text.end(), IsSpace));
}

// Replaces every `from`.
std::u32string Replaced(View text, View from, View to) {
  std::u32string result;
  size_t begin = 0;
  for (size_t at; (at = text.find(from, begin)) != View::npos; begin = at + from.size()) {
    result.append(text.substr(begin, at - begin)).append(to);
  }
  return result.append(text.substr(begin));
}

// Quotes must not touch, and none may stand at the end. The older copy takes curly quotes for
// straight ones, and raises when nothing but marks and digits is left.
CheckResult EveryQuoteIsExplained(Ruleset ruleset, const ResponseText& response) {
  std::u32string text = response.text();
  if (ruleset == Ruleset::kIfbench2025) {
    std::replace(text.begin(), text.end(), U'\u201c', U'"');
    std::replace(text.begin(), text.end(), U'\u201d', U'"');
  }
  text = Replaced(text, U"'\"'", U"");
  std::erase_if(text, IsSpace);
  if (text.find(U"\"\"") != View::npos) return PassIf(false);
  const View stripped = Strip(text, U"0123456789!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
  if (stripped.empty()) {
    if (ruleset == Ruleset::kIfbench020) return PassIf(true);
    return Undecidable("The official checker finds nothing but marks and digits here.");
  }
  return PassIf(stripped.back() != U'"');
}

MadeChecker MakeList(const Arguments& arguments) {
  return MakeChecker([marker = arguments.String("sep")](const ResponseText& response) {
    const View text = response.text();
    if (marker.empty()) return PassIf(true);
    const size_t first = text.find(marker);
    return PassIf(first != View::npos && text.find(marker, first + marker.size()) != View::npos);
  });
}

// The tags i and em are taken for one another and cut by the length of the shorter, so that an em
// leaves characters of its own behind.
CheckResult HasAThesisInItalics(const ResponseText& response) {
  const auto either = [](View text, View first, View second) {
    const size_t at = text.find(first);
    return at != View::npos ? at : text.find(second);
  };
  View text = response.text();
  const size_t begin = either(text, U"<i>", U"<em>");
  if (begin == View::npos) return PassIf(false);
  text.remove_prefix(begin);
  const size_t end = either(text, U"</i>", U"</em>");
  if (end == View::npos) return PassIf(false);
  const View thesis = end > 3 ? text.substr(3, end - 3) : View();
  const View behind = text.substr(std::min(text.size(), end + 4));
  return PassIf(!Strip(thesis).empty() && !Strip(behind).empty());
}

// Every asterisk counts, so bold text breaks it; without any it passes.
CheckResult EveryBulletHasASubBullet(const ResponseText& response) {
  const std::vector<View> bullets = Split(response.text(), U"*");
  return PassIf(std::all_of(bullets.begin() + 1, bullets.end(),
                            [](View bullet) { return bullet.find(U'-') != View::npos; }));
}

}  // namespace

void RegisterIfbenchFormat(CheckerRegistry& registry, Ruleset ruleset) {
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

}  // namespace hir
