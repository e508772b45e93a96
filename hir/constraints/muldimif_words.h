// What the files of MulDimIF's word counts share. Internal to them.
#ifndef HIR_CONSTRAINTS_MULDIMIF_WORDS_H_
#define HIR_CONSTRAINTS_MULDIMIF_WORDS_H_

#include <string_view>

#include "hir/base/work_budget.h"
#include "hir/constraints/checker_builder.h"

namespace hir {

// For a sentence with "each": every element of the response is counted by itself.
CheckFunction ReadMuldimifWordsOfEach(std::u32string_view text, WorkBudget& budget);

}  // namespace hir

#endif  // HIR_CONSTRAINTS_MULDIMIF_WORDS_H_
