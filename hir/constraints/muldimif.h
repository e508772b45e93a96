// MulDimIF: a constraint is a sentence, out of which the official code reads what it asks for. Here
// a rule class is a function that reads the sentence once and gives the check that follows from it.
//
// Source: MulDimIF (arXiv:2505.07591) and its rule files (github.com/Junjie-Ye/MulDimIF), quirks
// included: what a sentence means to them depends on its wording.
#ifndef HIR_CONSTRAINTS_MULDIMIF_H_
#define HIR_CONSTRAINTS_MULDIMIF_H_

#include <string_view>

#include "hir/base/work_budget.h"
#include "hir/constraints/checker_builder.h"

namespace hir {

// Each reads `text`, the constraint's sentence, and gives its check, which decides blank responses
// too. Pure; what reading takes is charged to `budget`, and what checking takes to the response's.
using ReadRule = CheckFunction (*)(std::u32string_view text, WorkBudget& budget);

CheckFunction ReadMuldimifChinese(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifContentOthers(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifEnglish(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifFormatOthers(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifJson(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifKeywords(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifMarkdown(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifParagraphs(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifPunctuation(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifSentences(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifTable(std::u32string_view text, WorkBudget& budget);
CheckFunction ReadMuldimifWords(std::u32string_view text, WorkBudget& budget);

}  // namespace hir

#endif  // HIR_CONSTRAINTS_MULDIMIF_H_
