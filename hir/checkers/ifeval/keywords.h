// Checkers that IFTrain has under other kinds, too.
#ifndef HIR_CHECKERS_IFEVAL_KEYWORDS_H_
#define HIR_CHECKERS_IFEVAL_KEYWORDS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "hir/checkers/core/arguments.h"
#include "hir/checkers/core/registry.h"

namespace hir::ifeval {

// Compares how often `keyword` is found with `frequency`, by `relation`. INVALID_ARGUMENT: an
// argument is out of range.
StatusOrChecker MakeKeywordFrequency(const Arguments& arguments);

// Compares how often `letter` occurs in either case with `let_frequency`, by `let_relation`.
// INVALID_ARGUMENT: an argument is out of range.
StatusOrChecker MakeLetterFrequency(const Arguments& arguments);

}  // namespace hir::ifeval

#endif  // HIR_CHECKERS_IFEVAL_KEYWORDS_H_
