// One line per check of a sentence, for the tests of the rules.
#ifndef HIR_CHECKERS_MULDIMIF_SENTENCE_TESTING_H_
#define HIR_CHECKERS_MULDIMIF_SENTENCE_TESTING_H_

#include <string>
#include <string_view>

#include "hir/checkers/core/check_testing.h"
#include "hir/checkers/muldimif/kinds.h"
#include "nlohmann/json.hpp"

namespace hir::muldimif {

// The strict verdict as StrictlyBy() gives it.
inline std::string OnSentence(std::string_view kind, std::string_view sentence,
                              std::string_view text) {
  return StrictlyOf<RegisterKinds>(kind, nlohmann::json{{"text", sentence}}.dump(), text);
}

// Why that verdict is undecidable, as ReasonOf() gives it.
inline std::string ReasonOnSentence(std::string_view kind, std::string_view sentence,
                                    std::string_view text) {
  return ReasonOf<RegisterKinds>(kind, nlohmann::json{{"text", sentence}}.dump(), text);
}

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_SENTENCE_TESTING_H_
