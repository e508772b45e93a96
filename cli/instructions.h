// Instructions of a file as the ring and the verifier take them.
#ifndef HIR_CLI_INSTRUCTIONS_H_
#define HIR_CLI_INSTRUCTIONS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/common/v1/common.pb.h"
#include "hir/data/record.h"

namespace hir {

common::v1::Instruction ToProto(const InstructionRecord& record);

// What the user says to the model: the question laid out with its constraints, or the question as
// it is when it tells them itself.
std::string PromptText(const InstructionRecord& record);

// Reads a file and tries every constraint on the checkers of this build, and every record on
// `check`, so that a wrong one is found before any work starts. INVALID_ARGUMENT "FILE:LINE: what
// is wrong"; errors of ReadInstructions().
absl::StatusOr<std::vector<InstructionRecord>> ReadCheckedInstructions(
    const std::string& path, const std::function<absl::Status(const InstructionRecord&)>& check =
                                 [](const InstructionRecord&) { return absl::OkStatus(); });

}  // namespace hir

#endif  // HIR_CLI_INSTRUCTIONS_H_
