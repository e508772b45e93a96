// What the files of MulDimIF's word counts share. Internal to them.
#ifndef HIR_CHECKERS_MULDIMIF_WORDS_H_
#define HIR_CHECKERS_MULDIMIF_WORDS_H_

#include <string_view>

#include "hir/base/work_budget.h"
#include "hir/checkers/core/checker_builder.h"

namespace hir::muldimif {

// For a sentence with "each": every element of the response is counted by itself.
CheckFunction WordsOfEachCheck(std::u32string_view text, WorkBudget& budget);

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_WORDS_H_
