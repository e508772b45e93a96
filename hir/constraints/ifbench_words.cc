// IFBench: what every word is like.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/constraints/ifbench.h"
#include "hir/text/ascii_punctuation.h"
#include "hir/text/first_tag.h"
#include "hir/text/syllables.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

// Deletes punctuation, so "a-b" is one word.
std::u32string Bare(const ResponseText& response) { return WithoutPunctuation(response.text()); }
std::u32string BareLower(const ResponseText& response) {
  return WithoutPunctuation(response.lower());
}

CheckResult FollowsTheAlphabet(Ruleset ruleset, const ResponseText& response) {
  const std::u32string text = Bare(response);
  const std::vector<View> words = Split(text);
  if (words.empty()) return FailsOrRaises(ruleset, "The official checker finds no word here.");
  const std::u32string first = ToLower(words[0].substr(0, 1));
  if (first.size() != 1 || first[0] < U'a' || first[0] > U'z') return PassIf(false);
  for (size_t i = 1; i < words.size(); ++i) {
    if (ToLower(words[i])[0] != U'a' + (first[0] - U'a' + i) % 26) return PassIf(false);
  }
  return PassIf(true);
}

// One line; only the plain letters are vowels.
CheckResult HasThreeVowels(const ResponseText& response) {
  if (response.stripped().find(U'\n') != View::npos) return PassIf(false);
  const std::u32string& text = response.lower();
  constexpr View kVowels = U"aeiou";
  return PassIf(std::count_if(kVowels.begin(), kVowels.end(), [&text](char32_t vowel) {
                  return text.find(vowel) != View::npos;
                }) <= 3);
}

bool IsConsonant(char32_t c) {
  constexpr uint32_t kVowels =
      1 << ('a' - 'a') | 1 << ('e' - 'a') | 1 << ('i' - 'a') | 1 << ('o' - 'a') | 1 << ('u' - 'a');
  return c >= U'a' && c <= U'z' && (kVowels >> (c - U'a') & 1) == 0;
}

CheckResult EveryWordHasAConsonantCluster(const ResponseText& response) {
  const std::vector<View> words = Split(response.lower());
  return PassIf(std::all_of(words.begin(), words.end(), [](View word) {
    return std::adjacent_find(word.begin(), word.end(), [](char32_t a, char32_t b) {
             return IsConsonant(a) && IsConsonant(b);
           }) != word.end();
  }));
}

// The same one may come ten times.
CheckResult HasTenPalindromes(const ResponseText& response) {
  const std::u32string text = ToLower(Bare(response));
  const std::vector<View> words = Split(text);
  return PassIf(std::count_if(words.begin(), words.end(), [](View word) {
                  return word.size() >= 5 &&
                         std::equal(word.begin(), word.begin() + word.size() / 2, word.rbegin());
                }) >= 10);
}

CheckResult EveryLengthIsPrime(const ResponseText& response) {
  constexpr std::array<size_t, 25> kPrimes = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                              43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};
  const std::u32string text = Bare(response);
  const std::vector<View> words = Split(text);
  return PassIf(std::all_of(words.begin(), words.end(), [&](View word) {
    return std::binary_search(kPrimes.begin(), kPrimes.end(), word.size());
  }));
}

MadeChecker MakeRepeats(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("small_n", 0));
  return MakeChecker([most = arguments.Integer("small_n")](const ResponseText& response) {
    const std::u32string text = BareLower(response);
    std::unordered_map<View, int64_t> counts;
    for (const View word : Split(text)) {
      if (++counts[word] > most) return PassIf(false);
    }
    return PassIf(true);
  });
}

CheckResult SyllablesAlternate(const ResponseText& response) {
  const std::u32string text = ToLower(Bare(response));
  int before = -1;
  for (const View word : Split(text)) {
    const int parity = CountSyllables(word) % 2;
    if (parity == before) return PassIf(false);
    before = parity;
  }
  return PassIf(true);
}

CheckResult EverySentenceBeginsAsTheLastEnded(Ruleset ruleset, const ResponseText& response) {
  const std::vector<View> sentences = SentencesBy(ruleset, response);
  for (size_t i = 1; i < sentences.size(); ++i) {
    const std::vector<View> last = Split(StripMarksRight(sentences[i - 1]));
    const std::vector<View> first = Split(StripMarksLeft(sentences[i]));
    if (last.empty() || first.empty()) {
      return FailsOrRaises(ruleset, "The official checker finds no word in a sentence here.");
    }
    if (ToLower(last.back()) != ToLower(first.front())) return PassIf(false);
  }
  return PassIf(true);
}

CheckResult EveryParagraphEndsAsItBegan(Ruleset ruleset, const ResponseText& response) {
  for (const View line : Split(response.text(), U"\n")) {
    const std::u32string paragraph = ToLower(Strip(line));
    if (paragraph.empty()) continue;
    const std::vector<View> words = Split(StripMarks(paragraph));
    if (words.empty()) {
      if (ruleset == Ruleset::kIfbench020) continue;
      return Undecidable("The official checker finds no word in a paragraph here.");
    }
    if (words.front() != words.back()) return PassIf(false);
  }
  return PassIf(true);
}

CheckResult NoNeighboursBeginAlike(const ResponseText& response) {
  const std::u32string text = BareLower(response);
  char32_t before = kNoCharacter;
  for (const View word : Split(text)) {
    if (word[0] == before) return PassIf(false);
    before = word[0];
  }
  return PassIf(true);
}

// Loaded when the first response is checked: that takes a while.
const absl::StatusOr<std::unique_ptr<FirstTagger>>& Tagger(const std::string& folder) {
  static const auto* const tagger =
      new absl::StatusOr<std::unique_ptr<FirstTagger>>(FirstTagger::LoadFrom(folder));
  return *tagger;
}

// The tagger's data is not part of the product; NLTK's own is looked for.
CheckerDefinition StartsWithAVerb() {
  CheckerDefinition definition = {.kind = "words:start_verb"};
  const absl::StatusOr<std::string> folder = FirstTagger::Find();
  if (!folder.ok()) {
    definition.disabled_reason = std::string(folder.status().message());
    return definition;
  }
  definition.make = [folder = *folder](const Arguments&) {
    return MakeChecker([folder](const ResponseText& response) {
      const auto& tagger = Tagger(folder);
      if (!tagger.ok()) return Undecidable(std::string(tagger.status().message()));
      // Its tag depends on no more.
      constexpr size_t kTokens = 3;
      std::vector<std::u32string> first;
      (void)response.EveryToken([&first](View token) {
        first.emplace_back(token);
        return first.size() < kTokens;
      });
      const std::vector<View> tokens(first.begin(), first.end());
      return PassIf(!tokens.empty() && (*tagger)->Tag(tokens).find("VB") != std::string::npos);
    });
  };
  return definition;
}

}  // namespace

void RegisterIfbenchWords(CheckerRegistry& registry, Ruleset ruleset) {
  using enum ArgumentType;
  const auto by_ruleset = [&](const char* kind, auto check) {
    RegisterPlain(registry, kind, [ruleset, check](const ResponseText& response) {
      return check(ruleset, response);
    });
  };
  by_ruleset("words:alphabet", FollowsTheAlphabet);
  RegisterPlain(registry, "words:vowel", HasThreeVowels);
  RegisterPlain(registry, "words:consonants", EveryWordHasAConsonantCluster);
  RegisterPlain(registry, "words:palindrome", HasTenPalindromes);
  RegisterPlain(registry, "words:prime_lengths", EveryLengthIsPrime);
  registry.Register({"words:repeats", {{"small_n", kInteger}}, MakeRepeats});
  RegisterPlain(registry, "words:odd_even_syllables", SyllablesAlternate);
  by_ruleset("words:last_first", EverySentenceBeginsAsTheLastEnded);
  by_ruleset("words:paragraph_last_first", EveryParagraphEndsAsItBegan);
  RegisterPlain(registry, "words:no_consecutive", NoNeighboursBeginAlike);
  registry.Register(StartsWithAVerb());
}

}  // namespace hir
