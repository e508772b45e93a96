// What one constraint demands of a response, in numbers and words: the facts that conflicts.h
// weighs against each other. Rough where it must be, always on the careful side.
#ifndef HIR_DATA_DEMANDS_H_
#define HIR_DATA_DEMANDS_H_

#include <string>
#include <vector>

#include "hir/data/record.h"

namespace hir {

// Texts that every response meeting `constraint` holds, letter case aside.
std::vector<std::string> DemandedTexts(const Constraint& constraint);

// Whether a response that holds `text` breaks `constraint`, or comes so close that nobody would ask
// for both (a keyword that may occur less than 3 times, and must occur).
bool Forbids(const Constraint& constraint, const std::string& text);

// Words and sentences that a sensible response needs for the sake of `constraint`.
int DemandedWords(const Constraint& constraint);
int DemandedSentences(const Constraint& constraint);

// n - 1 for a "less than n" constraint, INT_MAX for all others.
int MostAllowed(const Constraint& constraint);

}  // namespace hir

#endif  // HIR_DATA_DEMANDS_H_
