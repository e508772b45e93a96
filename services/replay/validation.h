// Checks of tasks and responses before the ledger accepts them.
#ifndef HIR_SERVICES_REPLAY_VALIDATION_H_
#define HIR_SERVICES_REPLAY_VALIDATION_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "hir/common/v1/common.pb.h"
#include "hir/config/run_config.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// No token of a vocabulary has more bytes.
inline constexpr size_t kMaxBytesPerToken = 256;

// "sample TASK/SAMPLE", for messages.
std::string NameOf(const common::v1::Response& response);

// Checks everything but the number of the prompt's tokens. INVALID_ARGUMENT: a step outside 1 to
// 1,000,000, a number of responses other than the run's, an unknown layout, no constraints or too
// many, arguments that ParseArguments() refuses, or texts too long for any prompt of
// rollout.max_prompt_tokens; the message names the task.
absl::Status CheckTask(const replay::v1::Task& task, const RunConfig& config);

// Checks `scored` against common.proto: its response with CheckResponse(), and its verdicts.
// INVALID_ARGUMENT: the message names the sample and field.
absl::Status CheckScoredResponse(const common::v1::ScoredResponse& scored);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_VALIDATION_H_
