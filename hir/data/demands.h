// What one constraint demands of a response, in numbers and words: the facts that conflicts.h
// weighs against each other. Rough where it must be, always on the careful side.
#ifndef HIR_DATA_DEMANDS_H_
#define HIR_DATA_DEMANDS_H_

#include <string>
#include <vector>

#include "hir/data/record.h"

namespace hir {

// Texts that every response meeting `constraint` holds, letter case aside.
std::vector<std::string> DemandedTexts(const ConstraintText& constraint);

// Whether a response that holds `text` breaks `constraint`, or comes so close that nobody would ask
// for both (a keyword that may occur less than 3 times, and must occur).
bool Forbids(const ConstraintText& constraint, const std::string& text);

// Words and sentences that a sensible response needs for the sake of `constraint`.
int DemandedWords(const ConstraintText& constraint);
int DemandedSentences(const ConstraintText& constraint);

// n - 1 for a "less than n" constraint, INT_MAX for all others.
int MostAllowed(const ConstraintText& constraint);

}  // namespace hir

#endif  // HIR_DATA_DEMANDS_H_
