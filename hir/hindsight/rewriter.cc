#include "hir/hindsight/rewriter.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

bool HasVotes(const Votes& votes, double threshold) {
  return static_cast<double>(votes.yes) >= threshold * static_cast<double>(votes.asked);
}

bool MayBeKept(const ScoredResponse& response, size_t constraint, double vote_threshold) {
  return response.verdicts[constraint] == Verdict::kPass &&
         (response.votes.empty() || HasVotes(response.votes[constraint], vote_threshold));
}

// What depends on a dropped constraint is dropped too, and then what depends on that.
void DropDependents(absl::Span<const std::vector<size_t>> depends_on, std::vector<bool>& kept) {
  const auto is_kept = [&kept](size_t other) { return kept[other]; };
  for (bool dropped = true; dropped;) {
    dropped = false;
    for (size_t i = 0; i < depends_on.size(); ++i) {
      if (!kept[i] || absl::c_all_of(depends_on[i], is_kept)) continue;
      kept[i] = false;
      dropped = true;
    }
  }
}

}  // namespace

PartedConstraints PartConstraints(const ScoredResponse& response, double vote_threshold) {
  std::vector<bool> kept(response.verdicts.size());
  for (size_t i = 0; i < kept.size(); ++i) kept[i] = MayBeKept(response, i, vote_threshold);
  DropDependents(response.depends_on, kept);
  PartedConstraints parted;
  for (size_t i = 0; i < kept.size(); ++i) (kept[i] ? parted.kept : parted.dropped).push_back(i);
  return parted;
}

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
