// MulDimIF: a constraint is a sentence, out of which the official code reads what it asks for. Here
// a rule class is a function that reads the sentence once and gives the check that follows from it.
//
// Source: MulDimIF (arXiv:2505.07591) and its rule files (github.com/Junjie-Ye/MulDimIF), quirks
// included: what a sentence means to them depends on its wording.
#ifndef HIR_CHECKERS_MULDIMIF_RULES_H_
#define HIR_CHECKERS_MULDIMIF_RULES_H_

#include <string_view>

#include "hir/base/work_budget.h"
#include "hir/checkers/core/checker_builder.h"

namespace hir::muldimif {

// Each reads `text`, the constraint's sentence, and gives its check, which decides blank responses
// too. Pure; what reading takes is charged to `budget`, and what checking takes to the response's.
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
