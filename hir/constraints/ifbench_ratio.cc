// IFBench: shares of words, sentences and trigrams.
#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "hir/base/status_macros.h"
#include "hir/constraints/ifbench.h"
#include "hir/text/text_data.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

const std::unordered_set<std::u32string>& StopWords() {
  static const auto* const words = [] {
    auto* filled = new std::unordered_set<std::u32string>;
    const std::u32string lines = DecodeUtf8(Stopwords());
    for (const View word : Split(lines)) filled->emplace(word);
    return filled;
  }();
  return *words;
}

// Maximal runs of word characters.
std::vector<View> Words(View text) {
  std::vector<View> words;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && IsWord(text[i])) continue;
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return words;
}

// INVALID_ARGUMENT: negative, for which the official code draws a number.
absl::StatusOr<double> Percentage(const Arguments& arguments) {
  const double percentage = arguments.Number("percentage");
  if (percentage < 0) return arguments.Error("percentage", "it must not be negative");
  return percentage;
}

MadeChecker MakeStopWords(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const double most, Percentage(arguments));
  return MakeChecker([most, ruleset](const ResponseText& response) {
    const std::vector<View> words = Words(response.text());
    if (words.empty()) {
      return FailsOrRaises(ruleset, "The official checker divides by zero words here.");
    }
    const auto stop_words = static_cast<double>(std::count_if(
        words.begin(), words.end(), [](View word) { return StopWords().contains(ToLower(word)); }));
    return PassIf(stop_words / static_cast<double>(words.size()) * 100 <= most);
  });
}

// The distinct trigrams of CHARACTERS, 21 bits a code point.
absl::flat_hash_set<uint64_t> Trigrams(View text) {
  constexpr int kBits = 21;
  absl::flat_hash_set<uint64_t> trigrams;
  trigrams.reserve(std::min<size_t>(text.size(), 4096));
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    trigrams.insert(uint64_t{text[i]} << (2 * kBits) | uint64_t{text[i + 1]} << kBits |
                    uint64_t{text[i + 2]});
  }
  return trigrams;
}

MadeChecker MakeOverlap(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const double wanted, Percentage(arguments));
  const absl::flat_hash_set<uint64_t> reference = Trigrams(arguments.String("reference_text"));
  return MakeChecker([wanted, reference, ruleset](const ResponseText& response) {
    constexpr int64_t kTrigramWork = 100;
    if (!response.budget().Charge(static_cast<int64_t>(response.text().size()) * kTrigramWork)) {
      return Undecidable(kWorkBudgetExhausted);
    }
    const absl::flat_hash_set<uint64_t> trigrams = Trigrams(response.text());
    if (trigrams.empty()) {
      return FailsOrRaises(ruleset, "The official checker divides by zero trigrams here.");
    }
    const auto common =
        std::count_if(trigrams.begin(), trigrams.end(),
                      [&reference](uint64_t trigram) { return reference.contains(trigram); });
    const double overlap =
        static_cast<double>(common) / static_cast<double>(trigrams.size()) * 100;
    return PassIf(wanted - 2 <= overlap && overlap <= wanted + 2);
  });
}

int64_t CountEnding(const std::vector<View>& sentences, char32_t mark) {
  return std::count_if(sentences.begin(), sentences.end(),
                       [mark](View sentence) { return sentence.ends_with(mark); });
}

// None of either passes.
CheckResult HasTwoStatementsAQuestion(Ruleset ruleset, const ResponseText& response) {
  const std::vector<View> sentences = SentencesBy(ruleset, response);
  return PassIf(CountEnding(sentences, U'.') == 2 * CountEnding(sentences, U'?'));
}

CheckResult HasAsManyOfEach(Ruleset ruleset, const ResponseText& response) {
  const std::vector<View> sentences = SentencesBy(ruleset, response);
  const int64_t statements = CountEnding(sentences, U'.');
  return PassIf(statements == CountEnding(sentences, U'?') &&
                statements == CountEnding(sentences, U'!'));
}

// Which words they are made of does not matter, whatever the prompt says.
CheckResult HasThreeOfOneLength(Ruleset ruleset, const ResponseText& response) {
  const std::vector<View> sentences = SentencesBy(ruleset, response);
  return PassIf(sentences.size() == 3 &&
                std::all_of(sentences.begin(), sentences.end(), [&](View sentence) {
                  return Strip(sentence).size() == Strip(sentences[0]).size();
                }));
}

}  // namespace

void RegisterIfbenchRatio(CheckerRegistry& registry, Ruleset ruleset) {
  using enum ArgumentType;
  registry.Register(
      {"ratio:stop_words", {{"percentage", kNumber}}, [ruleset](const Arguments& arguments) {
         return MakeStopWords(arguments, ruleset);
       }});
  registry.Register(
      {"ratio:overlap",
       {{"reference_text", kString}, {"percentage", kNumber}},
       [ruleset](const Arguments& arguments) { return MakeOverlap(arguments, ruleset); }});
  const auto by_sentences = [&](const char* kind, auto check) {
    RegisterPlain(registry, kind, [ruleset, check](const ResponseText& response) {
      return check(ruleset, response);
    });
  };
  by_sentences("ratio:sentence_type", HasTwoStatementsAQuestion);
  by_sentences("ratio:sentence_balance", HasAsManyOfEach);
  by_sentences("ratio:sentence_words", HasThreeOfOneLength);
}

}  // namespace hir
