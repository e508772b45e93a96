// IF-RLVR keeps the demands of a record in one text; here each constraint gets its own.
#ifndef HIR_DATA_CONSTRAINT_TEXTS_H_
#define HIR_DATA_CONSTRAINT_TEXTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "hir/data/record.h"

namespace hir {

// `joined` divided into one text for each of `constraints`, in their order: all of it for one
// constraint, else its lines, else its sentences. Empty when there are not as many of those as
// constraints, or when an argument of one constraint stands in the text of another only.
std::vector<std::string> DivideTexts(std::string_view joined,
                                     const std::vector<Constraint>& constraints);

}  // namespace hir

#endif  // HIR_DATA_CONSTRAINT_TEXTS_H_
