// Checkers that more than one family names.
#ifndef HIR_CHECKERS_IFEVAL_KEYWORDS_H_
#define HIR_CHECKERS_IFEVAL_KEYWORDS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "hir/checkers/core/arguments.h"
#include "hir/checkers/core/registry.h"

namespace hir::ifeval {

// How often `keyword` is found, by `frequency` and `relation`. INVALID_ARGUMENT: one is out of
// range.
StatusOrChecker MakeKeywordFrequency(const Arguments& arguments);

// How often `letter` is there in either case, by `let_frequency` and `let_relation`.
// INVALID_ARGUMENT: one is out of range.
StatusOrChecker MakeLetterFrequency(const Arguments& arguments);

}  // namespace hir::ifeval

#endif  // HIR_CHECKERS_IFEVAL_KEYWORDS_H_
