// IFTrain: which words a response begins and ends with, and how they follow each other.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"

namespace hir::iftrain {
namespace {

using python::IsWord;
using python::Split;
using python::Strip;
using python::ToLower;
using python::View;

// The argument in lower case. INVALID_ARGUMENT: it is empty, for which the official code draws a
// word.
absl::StatusOr<std::u32string> WordArgument(const Arguments& arguments, std::string_view name) {
  HIR_ASSIGN_OR_RETURN(const std::u32string word, arguments.NotEmptyString(name));
  return ToLower(Strip(word));
}

// Punctuation stays with the first word ...
std::u32string FirstWord(View text) { return ToLower(Split(text).front()); }

// ... and is removed from the last, inside it too.
std::u32string LastWord(View text) {
  std::u32string word(Split(text).back());
  std::erase_if(word, [](char32_t c) { return !IsWord(c); });
  return ToLower(word);
}

using WordOf = std::u32string (*)(View);

StatusOrChecker MakeOfAnswer(const Arguments& arguments, std::string_view name, WordOf word_of) {
  HIR_ASSIGN_OR_RETURN(const std::u32string wanted, WordArgument(arguments, name));
  return CheckerFrom([wanted, word_of](const ResponseText& response) {
    return PassIf(word_of(response.text()) == wanted);
  });
}

StatusOrChecker MakeOfSentences(const Arguments& arguments, std::string_view name, WordOf word_of) {
  HIR_ASSIGN_OR_RETURN(const std::u32string wanted, WordArgument(arguments, name));
  return CheckerFrom([wanted, word_of](const ResponseText& response) {
    const std::vector<std::u32string>& sentences = response.regex_sentences();
    return PassIf(std::all_of(sentences.begin(), sentences.end(), [&](const auto& sentence) {
      return !sentence.empty() && word_of(sentence) == wanted;
    }));
  });
}

// A token of punctuation at the end makes it fail.
CheckResult StartsAsItEnds(const ResponseText& response) {
  const std::vector<View>& tokens = response.tokens();
  return PassIf(tokens.size() >= 2 && ToLower(tokens.front()) == ToLower(tokens.back()));
}

// One letter is a palindrome.
CheckResult HasPalindrome(const ResponseText& response) {
  const std::vector<View> words = Split(response.text());
  return PassIf(std::any_of(words.begin(), words.end(), [](View word) {
    return std::equal(word.begin(), word.begin() + word.size() / 2, word.rbegin());
  }));
}

// Compares code points, so digits and marks count; a letter whose lower case is two characters
// fails.
CheckResult NoNeighboursInTheAlphabet(const ResponseText& response) {
  const std::vector<View> words = Split(response.text());
  std::vector<std::u32string> letters;
  for (const View word : words) letters.push_back(ToLower(word.substr(0, 1)));
  for (size_t i = 1; i < letters.size(); ++i) {
    if (letters[i - 1].size() != 1 || letters[i].size() != 1) return PassIf(false);
    if (letters[i][0] == letters[i - 1][0] + 1) return PassIf(false);
  }
  return PassIf(true);
}

// Punctuation counts, and so does case.
CheckResult AllTokensDiffer(const ResponseText& response) {
  const std::vector<View>& tokens = response.tokens();
  return PassIf(std::set<View>(tokens.begin(), tokens.end()).size() == tokens.size());
}

}  // namespace

void RegisterWords(CheckerRegistry& registry) {
  using enum ArgumentType;
  const auto checker = [&registry](const char* kind, const char* argument, auto make,
                                   WordOf word_of) {
    registry.Register({kind, {{argument, kFirstString}}, [=](const Arguments& arguments) {
                         return make(arguments, argument, word_of);
                       }});
  };
  checker("first_word:first_word_answer", "first_word", MakeOfAnswer, FirstWord);
  checker("first_word:first_word_sent", "first_word", MakeOfSentences, FirstWord);
  checker("last_word:last_word_answer", "last_word", MakeOfAnswer, LastWord);
  checker("last_word:last_word_sent", "last_word", MakeOfSentences, LastWord);
  RegisterPlain(registry, "keywords:start_end", StartsAsItEnds);
  RegisterPlain(registry, "keywords:palindrome", HasPalindrome);
  RegisterPlain(registry, "keywords:no_adjacent_consecutive", NoNeighboursInTheAlphabet);
  RegisterPlain(registry, "count:count_unique", AllTokensDiffer);
}

}  // namespace hir::iftrain
