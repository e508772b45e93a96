#include "hir/hindsight/rewriter.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hir {

absl::StatusOr<std::string> RewriteInstruction(const Instruction& instruction,
                                               absl::Span<const size_t> kept) {
  std::vector<std::string> left;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] >= instruction.constraints.size() || (i > 0 && kept[i] <= kept[i - 1])) {
      return absl::InvalidArgumentError(
          absl::StrCat("kept[", i, "] is ", kept[i], "; indices must rise and stay below the ",
                       instruction.constraints.size(), " constraints of the instruction"));
    }
    left.push_back(instruction.constraints[kept[i]].text);
  }
  return ComposeInstruction(instruction.question, left, instruction.layout);
}

}  // namespace hir
