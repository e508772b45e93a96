// IF-RLVR keeps all demands of a record in one text; this divides it among the constraints.
#ifndef HIR_DATA_CONSTRAINT_TEXTS_H_
#define HIR_DATA_CONSTRAINT_TEXTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "hir/data/record.h"

namespace hir {

// Divides `joined` into one text per constraint, in their order: all of it for a single constraint,
// else its lines, else its sentences. Returns an empty list if their number differs from that of
// the constraints, or if an argument of one constraint occurs only in the text of another.
std::vector<std::string> DivideTexts(std::string_view joined,
                                     const std::vector<Constraint>& constraints);

}  // namespace hir

#endif  // HIR_DATA_CONSTRAINT_TEXTS_H_
