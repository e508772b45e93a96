// MulDimIF: identifiers, mentions, quotes, sources and citations. Most sentences are recognized
// as a whole.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::HasText;
using python::Split;
using python::Strip;
using python::StripLeft;
using python::ToLower;
using python::ToUpper;
using python::View;
using regex::BacktrackingRegex;

CheckFunction Constantly(bool passes) {
  return [passes](const ResponseText&) { return PassIf(passes); };
}

CheckFunction Contains(std::u32string part) {
  return [part](const ResponseText& response) { return PassIf(HasText(response.text(), part)); };
}

// The marks of a heading before it are ignored, and so is case.
CheckFunction StartsWith(View start) {
  return [lower = ToLower(start)](const ResponseText& response) {
    return PassIf(ToLower(StripLeft(response.text(), U" #")).starts_with(lower));
  };
}

// Whether all patterns are found, in the text or in the text stripped of white space.
CheckFunction Finds(std::vector<BacktrackingRegex> patterns, bool stripped = false) {
  return [patterns, stripped](const ResponseText& response) {
    const View text = stripped ? response.stripped() : View(response.text());
    return PassIf(std::all_of(patterns.begin(), patterns.end(), [&](const BacktrackingRegex& each) {
      return each.Search(text, response.budget()).has_value();
    }));
  };
}

CheckFunction IsAtMostCharacters(size_t most) {
  return [most](const ResponseText& response) { return PassIf(response.text().size() <= most); };
}

// Emoji next to each other count as one.
CheckResult EverySentenceHasThreeEmoji(const ResponseText& response) {
  static const BacktrackingRegex between(U"(?<=[.!?])\\s+(?=\\S)");
  static const BacktrackingRegex emoji(
      U"[\U00002702-\U000027B0\U000024C2-\U0001F251\U00010000-\U0010FFFF]+");
  const auto sentences = between.Split(response.text(), response.budget());
  return PassIf(std::all_of(sentences.begin(), sentences.end(), [&](View sentence) {
    const View stripped = Strip(sentence);
    return stripped.empty() || emoji.FindAll(stripped, response.budget()).size() >= 3;
  }));
}

// Sentences that are known word for word and mean what they say.
CheckFunction ReadKnown(View text) {
  static const BacktrackingRegex sources(U"Sources:\\s*.+$");
  static const BacktrackingRegex reference(U"\\[\\d+\\]");
  static const BacktrackingRegex citation(U"\\[\\d+\\]|\\([A-Za-z]+, \\d{4}\\)");
  static const BacktrackingRegex quote(U"[\"“”‘’']");
  if (text == U"End identifier: Sources must be cited at the end of the response" ||
      text ==
          U"make sure to conclude your response by citing your sources, as this is a crucial "
          U"part of the answer") {
    return Finds({sources}, /*stripped=*/true);
  }
  if (text == U"Response must be written as a short blurb" ||
      text == U"ensure that the response is written as a short blurb" ||
      text == U"ensure the response is a short blurb" ||
      text == U"The response must be short and simple") {
    return IsAtMostCharacters(200);
  }
  if (text == U"The response should be concise, with a maximum of 50 words") {
    return [](const ResponseText& response) { return PassIf(Split(response.text()).size() <= 50); };
  }
  if (text == U"Each sentence must include at least three emojis.") {
    return EverySentenceHasThreeEmoji;
  }
  if (text == U"Must include quotes from the sources" ||
      text == U"with quotes from these sources") {
    return Finds({quote});
  }
  if (text == U"Must provide sources that are cited" ||
      text == U"The response must include sources that are cited") {
    return Finds({sources, reference});
  }
  if (text == U"It must include in-text citations") return Finds({citation});
  return nullptr;
}

}  // namespace

CheckFunction ContentOthersCheck(View text, WorkBudget& budget) {
  static const BacktrackingRegex identifier(U"Start identifier( must be|:)(?:.*)?\\s'([^']+)'");
  static const BacktrackingRegex start(
      U"(?:Start|start|begin|it is essential to start) (?:with|by) the (?:identifier|phrase) "
      U"'?([^']+)'?",
      {.ignore_case = true});
  static const BacktrackingRegex showroom(
      U"The name of the showroom must start with the letter '([A-Za-z])'\\.");
  static const BacktrackingRegex mention(U"[Mm]ust mention (.+) and the (.+)");
  if (text == U"Keep it a paragraph long") {
    return [](const ResponseText& response) { return PassIf(!HasText(response.text(), U"\n")); };
  }
  const auto named = identifier.Match(text, budget);
  if (HasText(text, U"Each example must start with")) {
    if (!named) {
      return [](const ResponseText&) {
        return Undecidable("The official checker finds no identifier in the constraint.");
      };
    }
    return Contains(std::u32string((*named)[2]));
  }
  if (named) return StartsWith((*named)[2]);
  if (const auto match = start.Search(text, budget)) return StartsWith((*match)[1]);
  if (const auto match = showroom.Match(text, budget)) {
    return Finds({BacktrackingRegex(ToUpper((*match)[1]).insert(0, U"\\b") + U"[a-zA-Z]*\\b")});
  }
  if (CheckFunction known = ReadKnown(text); known != nullptr) return known;
  if (const auto match = mention.Search(text, budget)) {
    const std::u32string first((*match)[1]);
    const std::u32string second = std::u32string(U"the ").append((*match)[2]);
    return [first, second](const ResponseText& response) {
      return PassIf(HasText(response.text(), first) && HasText(response.text(), second));
    };
  }
  return Constantly(HasText(text, U"be in full sentences"));
}

}  // namespace hir::muldimif
