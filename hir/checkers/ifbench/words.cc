// IFBench: what every word is like.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/ifbench/common.h"
#include "hir/text/lexicon/syllables.h"
#include "hir/text/nltk/first_tag.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"
#include "hir/text/scan/word_tables.h"

namespace hir::ifbench {
namespace {

using lexicon::CountSyllables;
using nltk::FirstTagger;
using python::IsPunctuation;
using python::Split;
using python::Strip;
using python::StripMarks;
using python::StripMarksLeft;
using python::StripMarksRight;
using python::ToLower;
using python::View;
using python::WithoutPunctuation;
using scan::BareWords;
using scan::IsNoneOf;
using scan::Runs;
using scan::ScanText;
using scan::TextSpan;
using scan::Tokens;
using scan::WordCounts;

// All of these but vowels and consonants delete punctuation first, so "a-b" is one word. What
// str.lower() makes of a word depends on the marks in it, not on the words around it.

CheckResult FollowsTheAlphabet(Ruleset ruleset, const ResponseText& response) {
  BareWords word(response.scan());
  if (!word.Next()) return FailsOrRaises(ruleset, "The official checker finds no word here.");
  const std::u32string first = ToLower((*word).substr(0, 1));
  if (first.size() != 1 || first[0] < U'a' || first[0] > U'z') return PassIf(false);
  for (char32_t letter = first[0]; word.Next();) {
    letter = letter == U'z' ? U'a' : letter + 1;
    if (ToLower(*word)[0] != letter) return PassIf(false);
  }
  return PassIf(true);
}

// One line; only the plain letters are vowels.
CheckResult HasThreeVowels(const ResponseText& response) {
  const TextSpan stripped = response.stripped_span();
  if (FindByte(response.scan(), '\n', stripped.begin) < stripped.end()) return PassIf(false);
  constexpr std::string_view kVowels = "aeiou";
  return PassIf(std::count_if(kVowels.begin(), kVowels.end(), [&response](char vowel) {
                  return FindByte(response.lower_scan(), vowel) != View::npos;
                }) <= 3);
}

bool IsConsonant(char c) {
  constexpr uint32_t kVowels =
      1 << ('a' - 'a') | 1 << ('e' - 'a') | 1 << ('i' - 'a') | 1 << ('o' - 'a') | 1 << ('u' - 'a');
  return c >= 'a' && c <= 'z' && (kVowels >> (c - 'a') & 1) == 0;
}

CheckResult EveryWordHasAConsonantCluster(const ResponseText& response) {
  const ScanText& text = response.lower_scan();
  for (Tokens token(text); token.Next();) {
    const std::string_view word = BytesOf(text, *token);
    const auto both = [](char a, char b) { return IsConsonant(a) && IsConsonant(b); };
    if (std::adjacent_find(word.begin(), word.end(), both) == word.end()) return PassIf(false);
  }
  return PassIf(true);
}

// False only if `word` is certainly not a palindrome, whatever its case. True as soon as it has a
// mark or a character beyond ASCII.
bool MayBePalindrome(std::string_view word) {
  for (size_t i = 0; i < word.size() / 2; ++i) {
    const auto first = static_cast<uint8_t>(word[i]);
    const auto last = static_cast<uint8_t>(word[word.size() - 1 - i]);
    if (IsPunctuation(first) || IsPunctuation(last) || (first | last) >= 0x80) return true;
    // Upper and lower case of a letter differ by one bit.
    if (((first ^ last) & ~0x20) != 0) return false;
  }
  return true;
}

// The same palindrome may be counted ten times.
CheckResult HasTenPalindromes(const ResponseText& response) {
  constexpr size_t kShortest = 5;
  constexpr int kWanted = 10;
  const ScanText& text = response.scan();
  // The lower-case form can be twice as long.
  const size_t shortest = text.ascii() ? kShortest : (kShortest + 1) / 2;
  int palindromes = 0;
  for (Tokens token(text); token.Next() && palindromes < kWanted;) {
    const TextSpan inside = StripMarks(text, *token);
    if (inside.size < shortest || !MayBePalindrome(BytesOf(text, inside))) continue;
    const std::u32string word = ToLower(WithoutPunctuation(CopyOf(text, inside)));
    palindromes += word.size() >= kShortest &&
                   std::equal(word.begin(), word.begin() + word.size() / 2, word.rbegin());
  }
  return PassIf(palindromes == kWanted);
}

CheckResult EveryLengthIsPrime(const ResponseText& response) {
  constexpr std::array<size_t, 25> kPrimes = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                              43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};
  for (BareWords word(response.scan()); word.Next();) {
    if (!std::binary_search(kPrimes.begin(), kPrimes.end(), (*word).size())) return PassIf(false);
  }
  return PassIf(true);
}

StatusOrChecker MakeRepeats(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("small_n", 0));
  return CheckerFrom([most = arguments.Integer("small_n")](const ResponseText& response) {
    const ScanText text = response.lower_scan().WithoutMarks();
    WordCounts words(text);
    for (Tokens word(text); word.Next();) {
      if (static_cast<int64_t>(words.Add(*word)) > most) return PassIf(false);
    }
    return PassIf(true);
  });
}

CheckResult SyllablesAlternate(const ResponseText& response) {
  int before = -1;
  for (BareWords word(response.scan()); word.Next();) {
    const int parity = CountSyllables(*word) % 2;
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
  const ScanText& text = response.scan();
  for (Runs<IsNoneOf<'\n'>> line(text); line.Next();) {
    const std::u32string paragraph = ToLower(CopyOf(text, Strip(text, *line)));
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
  char32_t before = kNoCharacter;
  for (BareWords word(response.lower_scan()); word.Next();) {
    const char32_t first = (*word)[0];
    if (first == before) return PassIf(false);
    before = first;
  }
  return PassIf(true);
}

// Loaded when the first response is checked, since loading takes a while.
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
    return CheckerFrom([folder](const ResponseText& response) {
      const auto& tagger = Tagger(folder);
      if (!tagger.ok()) return Undecidable(std::string(tagger.status().message()));
      // Its tag depends on nothing else.
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

void RegisterWords(CheckerRegistry& registry, Ruleset ruleset) {
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

}  // namespace hir::ifbench
