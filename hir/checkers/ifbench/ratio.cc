// IFBench: shares of words, sentences and trigrams.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/ifbench/common.h"
#include "hir/text/lexicon/linked_data.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/word_tables.h"

namespace hir::ifbench {
namespace {

using lexicon::Stopwords;
using python::DecodeUtf8;
using python::Split;
using python::Strip;
using python::View;
using scan::ScanText;
using scan::TextSpan;
using scan::WordList;
using scan::Words;

const WordList& StopWords() {
  static const auto* const words = new WordList(Split(DecodeUtf8(Stopwords())));
  return *words;
}

// INVALID_ARGUMENT: the percentage is negative, for which the official code draws a number.
absl::StatusOr<double> Percentage(const Arguments& arguments) {
  const double percentage = arguments.Number("percentage");
  if (percentage < 0) return arguments.Error("percentage", "it must not be negative");
  return percentage;
}

StatusOrChecker MakeStopWords(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const double most, Percentage(arguments));
  return CheckerFrom([most, ruleset](const ResponseText& response) {
    size_t words = 0, stop_words = 0;
    const LowerFinder in_lower(response, StopWords());
    for (Words word(response.scan()); word.Next(); ++words) {
      stop_words += in_lower.Contains(*word) ? 1 : 0;
    }
    if (words == 0) {
      return FailsOrRaises(ruleset, "The official checker divides by zero words here.");
    }
    return PassIf(static_cast<double>(stop_words) / static_cast<double>(words) * 100 <= most);
  });
}

// Distinct trigrams of CHARACTERS, each as one number.
std::vector<uint64_t> DistinctTrigrams(View text) {
  constexpr int kBits = 21;  // Of a code point.
  std::vector<uint64_t> trigrams;
  for (size_t i = 2; i < text.size(); ++i) {
    trigrams.push_back(uint64_t{text[i - 2]} << (2 * kBits) | uint64_t{text[i - 1]} << kBits |
                       text[i]);
  }
  std::sort(trigrams.begin(), trigrams.end());
  trigrams.erase(std::unique(trigrams.begin(), trigrams.end()), trigrams.end());
  return trigrams;
}

// How far the overlap may differ from the wanted one, in percentage points.
constexpr double kTolerance = 2;

// If a text has more distinct trigrams than this, the overlap is too small even if all trigrams of
// the reference are among them.
size_t MostTrigrams(size_t reference_size, double wanted) {
  const double most = static_cast<double>(reference_size) * 100 / (wanted - kTolerance);
  return wanted > kTolerance && most < 1e15 ? static_cast<size_t>(most) + 1 : ~size_t{0};
}

struct TrigramCounts {
  size_t distinct = 0;  // Of the text.
  size_t common = 0;    // Of these, in the reference.
};

// The distinct characters of a text, numbered from 0.
class Alphabet {
 public:
  // Most texts have about 70. Chinese texts have thousands, and not all of them are numbered.
  static constexpr size_t kMost = 100;
  static constexpr uint8_t kNone = 0xFF;

  template <typename Character>
  explicit Alphabet(std::basic_string_view<Character> text)
      : numbers_(std::make_unique_for_overwrite<uint8_t[]>(text.size())) {
    ascii_.fill(kNone);
    for (size_t i = 0; i < text.size() && size_ <= kMost; ++i) {
      const auto c = static_cast<char32_t>(text[i]);
      uint8_t& number = c < ascii_.size() ? ascii_[c] : others_.try_emplace(c, kNone).first->second;
      if (number == kNone) number = static_cast<uint8_t>(size_++);
      numbers_[i] = number;
    }
  }

  size_t size() const { return size_; }
  // The number of each character of the text. REQUIRES: size() <= kMost.
  const uint8_t* numbers() const { return numbers_.get(); }
  // kNone: `c` is not in the text.
  uint8_t Number(char32_t c) const {
    if (c < ascii_.size()) return ascii_[c];
    const auto found = others_.find(c);
    return found == others_.end() ? kNone : found->second;
  }

 private:
  size_t size_ = 0;
  std::array<uint8_t, 0x80> ascii_;
  absl::flat_hash_map<char32_t, uint8_t> others_;
  std::unique_ptr<uint8_t[]> numbers_;
};

// Counts with one bit for every trigram that the first `size` characters of a text could make, and
// stops after `most` distinct trigrams. REQUIRES: size is at least 3.
TrigramCounts CountByBits(const Alphabet& alphabet, size_t size, View reference, size_t most) {
  const size_t n = alphabet.size();
  std::vector<uint64_t> there(n * n * n / 64 + 1);
  TrigramCounts counts;
  const uint8_t* const numbers = alphabet.numbers();
  size_t pair = numbers[0] * n + numbers[1];
  for (size_t i = 2; i < size && counts.distinct <= most; ++i) {
    const size_t place = pair * n + numbers[i];
    const uint64_t before = there[place / 64];
    const uint64_t after = before | uint64_t{1} << place % 64;
    there[place / 64] = after;
    counts.distinct += after != before ? 1 : 0;
    pair = numbers[i - 1] * n + numbers[i];
  }
  if (counts.distinct > most) return counts;
  // The bit of each trigram of the reference is cleared once it is counted.
  size_t known = 0;  // Characters up to this one that are in the text.
  size_t place = 0;
  for (const char32_t c : reference) {
    const uint8_t number = alphabet.Number(c);
    known = number == Alphabet::kNone ? 0 : known + 1;
    place = place % (n * n) * n + number % n;
    if (known < 3) continue;
    counts.common += there[place / 64] >> place % 64 & 1;
    there[place / 64] &= ~(uint64_t{1} << place % 64);
  }
  return counts;
}

TrigramCounts CountBySorting(View text, View reference) {
  const std::vector<uint64_t> trigrams = DistinctTrigrams(text);
  const std::vector<uint64_t> others = DistinctTrigrams(reference);
  std::vector<uint64_t> common;
  std::set_intersection(trigrams.begin(), trigrams.end(), others.begin(), others.end(),
                        std::back_inserter(common));
  return {trigrams.size(), common.size()};
}

// Of the first `size` characters.
TrigramCounts CountTrigrams(const ScanText& text, size_t size, View reference, size_t most) {
  const TextSpan part = {0, size};
  const Alphabet alphabet =
      text.ascii() ? Alphabet(BytesOf(text, part)) : Alphabet(CodePointsOf(text, part));
  return alphabet.size() <= Alphabet::kMost ? CountByBits(alphabet, size, reference, most)
                                            : CountBySorting(CodePointsOf(text, part), reference);
}

StatusOrChecker MakeOverlap(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const double wanted, Percentage(arguments));
  return CheckerFrom([wanted, reference = arguments.String("reference_text"),
                      ruleset](const ResponseText& response) {
    constexpr int64_t kTrigramWork = 100;
    const ScanText& text = response.scan();
    if (!response.budget().Charge(static_cast<int64_t>(text.size()) * kTrigramWork)) {
      return Undecidable(kWorkBudgetExhausted);
    }
    if (text.size() < 3) {
      return FailsOrRaises(ruleset, "The official checker divides by zero trigrams here.");
    }
    const size_t most = MostTrigrams(reference.size(), wanted);
    // The first part of a long text usually has too many of them already.
    const size_t part = text.size() / 3 < most ? text.size() : std::max<size_t>(3 * most, 3);
    TrigramCounts counts = CountTrigrams(text, part, reference, most);
    if (part < text.size() && counts.distinct <= most) {
      counts = CountTrigrams(text, text.size(), reference, most);
    }
    const double overlap =
        static_cast<double>(counts.common) / static_cast<double>(counts.distinct) * 100;
    return PassIf(wanted - kTolerance <= overlap && overlap <= wanted + kTolerance);
  });
}

int64_t CountEnding(const std::vector<View>& sentences, char32_t mark) {
  return std::count_if(sentences.begin(), sentences.end(),
                       [mark](View sentence) { return sentence.ends_with(mark); });
}

// A text with neither passes.
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

// The words of the sentences do not matter, whatever the prompt says.
CheckResult HasThreeOfOneLength(Ruleset ruleset, const ResponseText& response) {
  const std::vector<View> sentences = SentencesBy(ruleset, response);
  return PassIf(sentences.size() == 3 &&
                std::all_of(sentences.begin(), sentences.end(), [&](View sentence) {
                  return Strip(sentence).size() == Strip(sentences[0]).size();
                }));
}

}  // namespace

void RegisterRatio(CheckerRegistry& registry, Ruleset ruleset) {
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

}  // namespace hir::ifbench
