// The forms of a response that MulDimIF's rules on "each ..." take apart. Internal to them.
#ifndef HIR_CHECKERS_MULDIMIF_ELEMENTS_H_
#define HIR_CHECKERS_MULDIMIF_ELEMENTS_H_

#include <string_view>
#include <vector>

#include "hir/base/work_budget.h"
#include "hir/text/python/json.h"

namespace hir::muldimif {

enum class ResponseForm { kJson, kTable, kNumbered, kBullets, kPlain };

// By how the text begins, or that it has a table. `lines` are those of `text`.
ResponseForm FormOf(std::u32string_view text, const std::vector<std::u32string_view>& lines);

// Begins `text`, but for white space, as an item of a list does?
bool BeginsNumbered(std::u32string_view text);
bool BeginsBullet(std::u32string_view text);

// What follows the first `separator`, or everything.
std::u32string_view After(std::u32string_view text, char32_t separator);

// Why what ReadJson() makes of a text decides nothing, unless it is kValid or kInvalid.
inline constexpr char kJsonRaises[] =
    "Python's json.loads raises: the JSON is nested too deeply or a number has too many digits.";

// ReadPythonJson(), charged to `budget`. Over budget: kInvalid.
python::JsonOutcome ReadJson(std::u32string_view text, python::PythonValue& value,
                             WorkBudget& budget);

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_ELEMENTS_H_
