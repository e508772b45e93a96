#include "hir/evaluation/instructions.h"

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "hir/data/json_fields.h"

namespace hir {

absl::StatusOr<std::vector<InstructionRecord>> ReadCheckedInstructions(
    const std::string& path, StoredPrompt use, const std::string& system_prompt,
    const RecordCheck& check) {
  const CheckerRegistry& registry = AllCheckers();
  return ReadInstructions(
      path, use, [&](const DataPlace& place, const InstructionRecord& record) -> absl::Status {
        for (const Constraint& constraint : record.constraints) {
          HIR_RETURN_IF_ERROR(registry.Create(constraint.kind, constraint.arguments).status());
        }
        if (!record.system_prompt.empty() && record.system_prompt != system_prompt) {
          return absl::InvalidArgumentError(absl::StrCat(
              "the record has the system prompt ", Shown(record.system_prompt),
              "; set data.system_prompt (--system for hir eval) to the same text, or take it out"));
        }
        return check(place, record);
      });
}

}  // namespace hir
