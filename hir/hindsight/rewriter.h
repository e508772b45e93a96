// Rewrites an instruction to the constraints that a response happened to meet.
//
// Source: HiR, arXiv:2512.23457 ("rewrite" of select-then-rewrite). No language model takes part.
#ifndef HIR_HINDSIGHT_REWRITER_H_
#define HIR_HINDSIGHT_REWRITER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/domain/instruction.h"

namespace hir {

// q': the text of `instruction` with only the constraints at the indices `kept`, which must rise.
// INVALID_ARGUMENT: an index is out of range or not above the one before it.
absl::StatusOr<std::string> RewriteInstruction(const Instruction& instruction,
                                               absl::Span<const size_t> kept);

}  // namespace hir

#endif  // HIR_HINDSIGHT_REWRITER_H_
