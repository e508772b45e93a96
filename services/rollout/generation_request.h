// Reads a Generate call into requests for the engine.
#ifndef HIR_SERVICES_ROLLOUT_GENERATION_REQUEST_H_
#define HIR_SERVICES_ROLLOUT_GENERATION_REQUEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/generate/engine.h"
#include "hir/rollout/v1/rollout.pb.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Stop texts and the ids of stop tokens, sorted out of a call's StopSettings: a text that names a
// special token is an id.
struct Stops {
  std::vector<std::string> texts;
  std::vector<int32_t> tokens;  // The model's own, unless they are ignored, and the caller's.
};

// INVALID_ARGUMENT: too many texts or ids, a text of no or too many bytes, an id outside the
// vocabulary.
absl::StatusOr<Stops> ReadStops(const Tokenizer& tokenizer,
                                const rollout::v1::StopSettings& settings);

// The engine's request for a prompt of the call, without callbacks and stop tokens. `variables` are
// those for the chat template where the prompt has none of the name, a JSON object; may be empty.
// INVALID_ARGUMENT: no or several of messages, text and ids, a number of responses out of range,
// chat options that contradict each other, messages that the template refuses.
absl::StatusOr<GenerationRequest> ReadPrompt(const Tokenizer& tokenizer,
                                             const std::string& variables,
                                             const rollout::v1::GenerateRequest& call,
                                             const rollout::v1::Prompt& prompt);

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_GENERATION_REQUEST_H_
