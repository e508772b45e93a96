// What one constraint demands of a response, in numbers and words, for conflicts.h to compare.
// Estimates, where needed, err on the side of a conflict.
#ifndef HIR_DATA_DEMANDS_H_
#define HIR_DATA_DEMANDS_H_

#include <string>
#include <vector>

#include "hir/data/record.h"

namespace hir {

// Texts that every response meeting `constraint` contains, ignoring case.
std::vector<std::string> DemandedTexts(const Constraint& constraint);

// Whether a response that contains `text` breaks `constraint`, or nearly so that demanding both
// makes no sense (a keyword that must occur, and may occur less than 3 times).
bool Forbids(const Constraint& constraint, const std::string& text);

// The words, or sentences, that a sensible response needs in order to meet `constraint`.
int DemandedWords(const Constraint& constraint);
int DemandedSentences(const Constraint& constraint);

// n - 1 for a "less than n" constraint, INT_MAX for all others.
int MostAllowed(const Constraint& constraint);

}  // namespace hir

#endif  // HIR_DATA_DEMANDS_H_
