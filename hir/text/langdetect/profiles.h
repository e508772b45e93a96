// The trained tables of langdetect: how often each language uses each n-gram, and how characters
// are normalised before they are counted.
#ifndef HIR_TEXT_LANGDETECT_PROFILES_H_
#define HIR_TEXT_LANGDETECT_PROFILES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/types/span.h"

namespace hir::langdetect::internal {

// One language's share of an n-gram.
struct GramShare {
  double frequency;  // Of all n-grams of this length that the language was trained on; (0, 1].
  uint32_t language;
};

class LangdetectReader;

// Immutable, hence thread-safe.
class LangdetectProfiles {
 public:
  static constexpr uint32_t kNoGram = ~uint32_t{0};
  // At least the number of languages; fixed, so that the compiler unrolls loops over them.
  static constexpr size_t kLanguageSlots = 56;
  using Row = std::array<double, kLanguageSlots>;

  // The one instance; the first call unpacks the linked data, in some milliseconds.
  static const LangdetectProfiles& Get();

  const std::vector<std::string>& languages() const { return languages_; }

  // The number of an n-gram of normalised characters; a shorter n-gram has 0 in front. kNoGram if
  // no profile has it. Constant time.
  uint32_t Find(char32_t first, char32_t second, char32_t third) const {
    if ((first | second | third) >= symbols_.size()) return FindSlow(first, second, third);
    return ascii_[AsciiIndex(symbols_[first], symbols_[second], symbols_[third])];
  }

  // For each language i: probabilities[i] *= floor + the frequency of n-gram `gram` in language i.
  void Multiply(uint32_t gram, double floor, Row& probabilities) const;

  // The character that represents `c` in n-grams: a space for everything that is not a letter, one
  // syllable for all of Hangul, one ideograph per class of ideographs, and so on.
  char32_t Normalize(char32_t c) const;

  // The Vietnamese letter composed of a base letter and a combining mark; nullopt if there is none.
  std::optional<char32_t> Compose(char32_t letter, char32_t mark) const;

 private:
  // Letters A-Z and a-z, the space and "none".
  static constexpr size_t kSymbols = 54;
  static constexpr char32_t kFirstIdeograph = 0x4E00;
  static constexpr char32_t kLastIdeograph = 0x9FFF;

  static constexpr size_t AsciiIndex(size_t first, size_t second, size_t third) {
    return (first * kSymbols + second) * kSymbols + third;
  }

  LangdetectProfiles();
  void ReadGrams(LangdetectReader& reader, uint32_t grams, uint32_t entries);
  void Insert(uint64_t key, uint32_t gram);
  void AddRow(absl::Span<const GramShare> shares);
  uint32_t FindSlow(char32_t first, char32_t second, char32_t third) const;

  std::vector<std::string> languages_;

  // N-grams of few languages have a list of shares; those of many, which are drawn most often, have
  // a row.
  std::vector<GramShare> shares_;
  std::vector<uint32_t>
      begins_;  // Begin of each n-gram's list in shares_, and the end of the last.
  std::vector<Row> rows_;
  std::vector<uint32_t> row_of_;  // Row per n-gram; kNoGram if it has none.

  // N-grams of ASCII letters are indexed by their three symbols, all others by open addressing.
  std::array<uint8_t, 128> symbols_;
  std::vector<uint32_t> ascii_;
  std::vector<uint64_t> keys_;
  std::vector<uint32_t> grams_;

  std::vector<char32_t> ideographs_;  // From kFirstIdeograph on.
  std::unordered_map<uint64_t, char32_t> composed_;
};

}  // namespace hir::langdetect::internal

#endif  // HIR_TEXT_LANGDETECT_PROFILES_H_
