// What the files of MulDimIF's word counts share. Internal to them.
#ifndef HIR_CONSTRAINTS_MULDIMIF_WORDS_H_
#define HIR_CONSTRAINTS_MULDIMIF_WORDS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "hir/constraints/checker_builder.h"
#include "hir/constraints/muldimif_numbers.h"
#include "hir/text/work_budget.h"

namespace hir {

// From zero to nineteen, the tens, and a hundred.
const NumberWords& EnglishNumbers();

// For a sentence with "each": every element of the response is counted by itself.
CheckFunction ReadMuldimifWordsOfEach(std::u32string_view text, WorkBudget& budget);

// The members of the object that json.loads(text) gives, and how many words str() of each value
// has. Nothing: json.loads raises, or gives no object. O(n log n).
std::optional<std::map<std::u32string, size_t>> CountWordsOfMembers(std::u32string_view text);

}  // namespace hir

#endif  // HIR_CONSTRAINTS_MULDIMIF_WORDS_H_
