// IFBench: shares of words, sentences and trigrams.
#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/constraints/ifbench.h"
#include "hir/text/text_data.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

const std::unordered_set<View>& StopWords() {
  static const auto* const words = [] {
    static const auto* const lines = new std::u32string(DecodeUtf8(Stopwords()));
    const std::vector<View> all = Split(*lines);
    return new std::unordered_set<View>(all.begin(), all.end());
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
    const View text = response.text();
    const std::vector<View> words = Words(text);
    if (words.empty()) {
      return FailsOrRaises(ruleset, "The official checker divides by zero words here.");
    }
    // Each word is at its place in the lower-case text, unless that is longer.
    const View lower = response.lower();
    const auto stop_words =
        static_cast<double>(std::count_if(words.begin(), words.end(), [&](View word) {
          if (lower.size() != text.size()) return StopWords().contains(ToLower(word));
          const auto at = static_cast<size_t>(word.data() - text.data());
          return StopWords().contains(lower.substr(at, word.size()));
        }));
    return PassIf(stop_words / static_cast<double>(words.size()) * 100 <= most);
  });
}

// Distinct trigrams of CHARACTERS: an open-addressing table, at most half full.
class TrigramSet {
 public:
  TrigramSet() : slots_(kLeastSlots, kFree) {}

  size_t size() const { return size_; }
  bool Contains(uint64_t trigram) const { return slots_[Place(trigram)] == trigram; }

  // False: it was there.
  bool Insert(uint64_t trigram) {
    uint64_t& slot = slots_[Place(trigram)];
    if (slot == trigram) return false;
    slot = trigram;
    if (++size_ * 2 > slots_.size()) Grow();
    return true;
  }

 private:
  static constexpr uint64_t kFree = ~uint64_t{0};
  static constexpr size_t kLeastSlots = 4096;

  // Where `trigram` is or would go.
  size_t Place(uint64_t trigram) const {
    constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
    // The upper bits are those that every bit of the trigram has a part in.
    size_t place = (trigram * kGoldenRatio) >> 40 & (slots_.size() - 1);
    while (slots_[place] != trigram && slots_[place] != kFree) {
      place = (place + 1) & (slots_.size() - 1);
    }
    return place;
  }

  void Grow() {
    const std::vector<uint64_t> old =
        std::exchange(slots_, std::vector<uint64_t>(slots_.size() * 2, kFree));
    for (const uint64_t trigram : old) {
      if (trigram != kFree) slots_[Place(trigram)] = trigram;
    }
  }

  std::vector<uint64_t> slots_;  // Their number is a power of two.
  size_t size_ = 0;
};

// Calls `take` with each trigram.
template <typename Take>
void ForEachTrigram(View text, Take take) {
  constexpr int kBits = 21;  // Of a code point.
  constexpr uint64_t kAll = (uint64_t{1} << (3 * kBits)) - 1;
  uint64_t trigram = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    trigram = (trigram << kBits | text[i]) & kAll;
    if (i >= 2) take(trigram);
  }
}

MadeChecker MakeOverlap(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const double wanted, Percentage(arguments));
  TrigramSet reference;
  ForEachTrigram(arguments.String("reference_text"),
                 [&](uint64_t trigram) { reference.Insert(trigram); });
  return MakeChecker([wanted, reference, ruleset](const ResponseText& response) {
    constexpr int64_t kTrigramWork = 100;
    if (!response.budget().Charge(static_cast<int64_t>(response.text().size()) * kTrigramWork)) {
      return Undecidable(kWorkBudgetExhausted);
    }
    TrigramSet trigrams;
    size_t common = 0;
    ForEachTrigram(response.text(), [&](uint64_t trigram) {
      if (trigrams.Insert(trigram) && reference.Contains(trigram)) ++common;
    });
    if (trigrams.size() == 0) {
      return FailsOrRaises(ruleset, "The official checker divides by zero trigrams here.");
    }
    const double overlap = static_cast<double>(common) / static_cast<double>(trigrams.size()) * 100;
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
