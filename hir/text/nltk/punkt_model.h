// The trained parameters of Punkt for English (NLTK's punkt_tab): which words end in a period
// without ending a sentence, and how words are written at the start of one.
#ifndef HIR_TEXT_NLTK_PUNKT_MODEL_H_
#define HIR_TEXT_NLTK_PUNKT_MODEL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "hir/text/scan/bytes_hash.h"

namespace hir::nltk::internal {

// The positions and cases in which training met a type; NLTK's bits.
inline constexpr uint8_t kOrthoMidUpper = 1 << 2;
inline constexpr uint8_t kOrthoBeginLower = 1 << 4;
inline constexpr uint8_t kOrthoUpper = 1 << 1 | 1 << 2 | 1 << 3;
inline constexpr uint8_t kOrthoLower = 1 << 4 | 1 << 5 | 1 << 6;

// Immutable, hence thread-safe. All lookups are by type (see PunktType()) and take constant time.
class PunktModel {
 public:
  // The one instance; the first call builds it, in about a millisecond.
  static const PunktModel& English();

  bool IsAbbreviation(std::string_view type) const { return abbreviations_.contains(type); }
  bool IsStarter(std::string_view type) const { return starters_.contains(type); }
  // Whether `type` (without its period) and `next` belong together, as in "S. Bach".
  bool IsCollocation(std::string_view type, std::string_view next) const {
    const auto found = collocations_.find(type);
    return found != collocations_.end() && found->second.contains(next);
  }
  // The kOrtho* bits of a type; 0 if training did not meet it.
  uint8_t Ortho(std::string_view type) const;

 private:
  PunktModel();

  using Types = absl::flat_hash_set<std::string_view, scan::BytesHash>;

  Types abbreviations_;
  Types starters_;
  absl::flat_hash_map<std::string_view, Types, scan::BytesHash>
      collocations_;  // By the first of the two types.
  absl::flat_hash_map<std::string_view, uint8_t, scan::BytesHash> ortho_;
};

inline constexpr std::string_view kPunktNumber = "##number##";

// The token in lower case. The model is all ASCII, so every other character becomes one byte 0x80,
// which matches nothing in the model and keeps the length. Two characters beyond ASCII whose lower
// case has ASCII letters are mapped as in Python: the Kelvin sign and the capital I with a dot.
std::string PunktLower(std::u32string_view token);

// The token in lower case, or kPunktNumber if all of it is a number such as "-3,000.5" or "7.".
std::string PunktType(std::u32string_view token);

}  // namespace hir::nltk::internal

#endif  // HIR_TEXT_NLTK_PUNKT_MODEL_H_
