// What the files of MulDimIF's keyword rules share. Internal to them.
#ifndef HIR_CHECKERS_MULDIMIF_KEYWORDS_H_
#define HIR_CHECKERS_MULDIMIF_KEYWORDS_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "hir/base/work_budget.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/regex/python_regex.h"

namespace hir::muldimif {

// What a text (a response or one of its elements) must and must not contain. Thread-safe.
class KeywordRule {
 public:
  // INVALID_ARGUMENT: int() raises on a number in `sentence`.
  static absl::StatusOr<KeywordRule> Read(std::u32string_view sentence, WorkBudget& budget);

  CheckResult Check(regex::RegexSubject& text) const;

 private:
  struct Parts;
  explicit KeywordRule(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

  std::shared_ptr<const Parts> parts_;
};

// For a sentence with "each" or "every": each element of the response must follow the rule.
CheckFunction KeywordsOfEachCheck(std::u32string_view text, WorkBudget& budget);

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_KEYWORDS_H_
