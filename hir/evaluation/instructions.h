// Reads instructions that replay and the verifier will accept.
#ifndef HIR_EVALUATION_INSTRUCTIONS_H_
#define HIR_EVALUATION_INSTRUCTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/data/reader.h"
#include "hir/data/record.h"

namespace hir {

// Reads a file and tries every constraint on the checkers of this build, every record on `check`,
// and its system prompt, which must be empty or `system_prompt`, so that a wrong one is found
// before any work starts. INVALID_ARGUMENT "FILE:LINE: what is wrong"; errors of
// ReadInstructions().
absl::StatusOr<std::vector<InstructionRecord>> ReadCheckedInstructions(
    const std::string& path, StoredPrompt use, const std::string& system_prompt,
    const RecordCheck& check = [](const DataPlace&, const InstructionRecord&) {
      return absl::OkStatus();
    });

}  // namespace hir

#endif  // HIR_EVALUATION_INSTRUCTIONS_H_
