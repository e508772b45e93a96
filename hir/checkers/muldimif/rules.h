// MulDimIF: a constraint is a sentence, from which the official code reads what is wanted. Here
// each of its rule classes is a function that reads the sentence once and returns the check it asks
// for.
//
// Source: MulDimIF (arXiv:2505.07591) and its rule files (github.com/Junjie-Ye/MulDimIF), quirks
// included: what a sentence means to them depends on its wording.
#ifndef HIR_CHECKERS_MULDIMIF_RULES_H_
#define HIR_CHECKERS_MULDIMIF_RULES_H_

#include <string_view>

#include "hir/base/work_budget.h"
#include "hir/checkers/core/checker_builder.h"

namespace hir::muldimif {

// Reads `text`, the constraint's sentence, and returns its check, which decides blank responses,
// too. Pure; the work of reading is charged to `budget`, that of checking to the response's budget.
using ReadRule = CheckFunction (*)(std::u32string_view text, WorkBudget& budget);

CheckFunction ChineseCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction ContentOthersCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction EnglishCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction FormatOthersCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction JsonCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction KeywordsCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction MarkdownCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction ParagraphsCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction PunctuationCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction SentencesCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction TableCheck(std::u32string_view text, WorkBudget& budget);
CheckFunction WordsCheck(std::u32string_view text, WorkBudget& budget);

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_RULES_H_
