// The trained tables of langdetect: which n-grams which language uses how often, and how characters
// are made alike before they are counted.
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

namespace hir::internal {

// One language's share of an n-gram.
struct GramShare {
  double frequency;  // Of all n-grams of this length that the language was trained on; (0, 1].
  uint32_t language;
};

// Immutable, hence thread-safe.
class LangdetectProfiles {
 public:
  static constexpr uint32_t kNoGram = ~uint32_t{0};

  // The one instance; the first call unpacks the linked data, in some milliseconds.
  static const LangdetectProfiles& Get();

  const std::vector<std::string>& languages() const { return languages_; }

  // The number of the n-gram with these last characters; 0 stands for "none" in front of a shorter
  // one. kNoGram if no profile has it. Constant time.
  uint32_t Find(char32_t first, char32_t second, char32_t third) const;

  // The languages that have n-gram number `gram`, ascending.
  absl::Span<const GramShare> Shares(uint32_t gram) const {
    return absl::MakeConstSpan(shares_).subspan(begins_[gram], begins_[gram + 1] - begins_[gram]);
  }

  // The character that stands for `c` in all n-grams: a space for what is no letter, one syllable
  // for all of Hangul, one ideograph for its class, and so on.
  char32_t Normalize(char32_t c) const;

  // The Vietnamese letter that a base letter and a combining mark make.
  std::optional<char32_t> Compose(char32_t letter, char32_t mark) const;

 private:
  // Letters A-Z and a-z, the space and "none".
  static constexpr size_t kSymbols = 54;
  static constexpr char32_t kFirstIdeograph = 0x4E00;
  static constexpr char32_t kLastIdeograph = 0x9FFF;

  LangdetectProfiles();
  void Insert(uint64_t key, uint32_t gram);

  std::vector<std::string> languages_;
  std::vector<GramShare> shares_;
  std::vector<uint32_t> begins_;  // Of each n-gram in shares_, and the end of the last.

  // N-grams of ASCII letters by their three symbols, all others by open addressing.
  std::vector<uint32_t> ascii_;
  std::vector<uint64_t> keys_;
  std::vector<uint32_t> grams_;

  std::vector<char32_t> ideographs_;  // From kFirstIdeograph on.
  std::unordered_map<uint64_t, char32_t> composed_;
};

}  // namespace hir::internal

#endif  // HIR_TEXT_LANGDETECT_PROFILES_H_
