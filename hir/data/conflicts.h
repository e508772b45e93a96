// Decides which constraints may be combined in one instruction.
//
// Excluded are sets that no response can meet under IFEval's checkers, and sets that a reader would
// take for a contradiction even if a checker could be satisfied.
#ifndef HIR_DATA_CONFLICTS_H_
#define HIR_DATA_CONFLICTS_H_

#include <optional>
#include <string>

#include "absl/types/span.h"
#include "hir/data/record.h"

namespace hir {

// Returns why the constraints contradict each other or the question; nullopt if they don't. Knows
// the 25 kinds of IFEval; the order of the constraints doesn't matter. Checks that
//
// - each kind occurs at most once, and no pair of kinds is in the table of conflicts;
// - no constraint forbids what another demands word for word;
// - their demands together stay within the upper bounds on words, sentences and letters;
// - a fixed yes, no or maybe is demanded only of a question.
//
// REQUIRES: the checkers accept the arguments.
std::optional<std::string> FindConflict(const std::string& question,
                                        absl::Span<const Constraint> constraints);

// Whether the two kinds conflict whatever their arguments. Symmetric.
bool KindsConflict(const std::string& kind, const std::string& other);

}  // namespace hir

#endif  // HIR_DATA_CONFLICTS_H_
