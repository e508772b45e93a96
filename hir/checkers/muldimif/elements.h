// The forms of a response that MulDimIF's rules on "each ..." split into elements. Internal to
// them.
#ifndef HIR_CHECKERS_MULDIMIF_ELEMENTS_H_
#define HIR_CHECKERS_MULDIMIF_ELEMENTS_H_

#include <string_view>
#include <vector>

#include "hir/base/work_budget.h"
#include "hir/text/python/json.h"

namespace hir::muldimif {

enum class ResponseForm { kJson, kTable, kNumbered, kBullets, kPlain };

// The form of a text, by how it begins or because it has a table. `lines` are those of `text`.
ResponseForm FormOf(std::u32string_view text, const std::vector<std::u32string_view>& lines);

// Whether `text`, apart from white space, begins like an item of a list.
bool BeginsNumbered(std::u32string_view text);
bool BeginsBullet(std::u32string_view text);

// What follows the first `separator`; without one, all of `text`.
std::u32string_view After(std::u32string_view text, char32_t separator);

// Why a verdict is undecidable when ReadJson() gives neither kValid nor kInvalid.
inline constexpr char kJsonRaises[] =
    "Python's json.loads raises: the JSON is nested too deeply or a number has too many digits.";

// ReadPythonJson(), charged to `budget`. Over budget: kInvalid.
python::JsonOutcome ReadJson(std::u32string_view text, python::PythonValue& value,
                             WorkBudget& budget);

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_ELEMENTS_H_
