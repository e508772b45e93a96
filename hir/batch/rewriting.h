// Selects the failures of a step that are replayed and rewrites their instructions, whose prompts
// must fit. Replay freezes the result and `hir hindsight` shows it.
#ifndef HIR_BATCH_REWRITING_H_
#define HIR_BATCH_REWRITING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "hir/batch/step_input.h"
#include "hir/config/run_config.h"
#include "hir/domain/replayed_as.h"
#include "hir/hindsight/selector.h"

namespace hir {

// Returns the token ids of the prompt for an instruction's text in the run.
using EncodeText = absl::FunctionRef<absl::StatusOr<std::vector<int32_t>>(const std::string&)>;

// A response that is replayed.
struct Replayed {
  size_t response = 0;  // Index into StepInput.responses.
  ReplayedAs as;
  std::vector<int32_t> prompt;  // Token ids of the rewritten instruction.
};

struct StepSelection {
  Selection selection;             // Indices into StepInput.responses.
  std::vector<Replayed> replayed;  // Of selection.picked, in its order: best first.
};

// B of K = k * B. An abandoned task counts: others take its places; where dynamic sampling replaces
// it, the replacement does, and B is the run's.
int InstructionsOf(const StepInput& input, const RunConfig& config);

// Selects and rewrites. A candidate whose rewritten prompt has more than rollout.max_prompt_tokens
// tokens gives its place to the next one. INVALID_ARGUMENT: a prompt cannot be rendered, or an
// error of SelectForReplay(). REQUIRES: the task of each response is among input.tasks.
absl::StatusOr<StepSelection> SelectAndRewrite(const StepInput& input, const RunConfig& config,
                                               EncodeText encode);

}  // namespace hir

#endif  // HIR_BATCH_REWRITING_H_
