// Rewrites an instruction to the constraints that a response happened to meet.
//
// Source: HiR, arXiv:2512.23457 ("rewrite" of select-then-rewrite). No language model takes part.
#ifndef HIR_HINDSIGHT_REWRITER_H_
#define HIR_HINDSIGHT_REWRITER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/domain/instruction.h"
#include "hir/domain/scored_response.h"

namespace hir {

// The constraints of a response's instruction, parted. Indices rise.
struct PartedConstraints {
  std::vector<size_t> kept;     // Those that its rewritten instruction keeps.
  std::vector<size_t> dropped;  // The others.
};

// A constraint is kept if it is met - undecidable is not met -, where a judge voted at least the
// share `vote_threshold` of the votes said yes, and every constraint that it depends on is kept.
PartedConstraints PartConstraints(const ScoredResponse& response, double vote_threshold);

// q': the text of `instruction` with only the constraints at the indices `kept`, which must rise.
// INVALID_ARGUMENT: an index is out of range or not above the one before it.
absl::StatusOr<std::string> RewriteInstruction(const Instruction& instruction,
                                               absl::Span<const size_t> kept);

}  // namespace hir

#endif  // HIR_HINDSIGHT_REWRITER_H_
