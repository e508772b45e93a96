// Which constraints may stand together in one instruction.
//
// Two things are ruled out: sets that no response can meet under the checkers of IFEval, and sets
// that a reader would take for a contradiction even where a checker could be satisfied.
#ifndef HIR_DATA_CONFLICTS_H_
#define HIR_DATA_CONFLICTS_H_

#include <optional>
#include <string>

#include "absl/types/span.h"
#include "hir/data/record.h"

namespace hir {

// Says why the constraints don't go together with each other or with the question, or nullopt when
// they do. Knows the 25 kinds of IFEval; the order of the constraints doesn't matter. Checks that
//
//  - each kind stands there at most once, and no pair of kinds is in the table of conflicts;
//  - nothing that one constraint demands word for word is forbidden by another;
//  - what all of them demand fits under the upper bounds on words, sentences and letters;
//  - a fixed yes, no or maybe is only asked of a question.
//
// REQUIRES: the arguments are those that the checkers take.
std::optional<std::string> FindConflict(const std::string& question,
                                        absl::Span<const Constraint> constraints);

// Whether the table of conflicts keeps the two kinds apart, whatever their arguments. Symmetric.
bool KindsConflict(const std::string& kind, const std::string& other);

}  // namespace hir

#endif  // HIR_DATA_CONFLICTS_H_
