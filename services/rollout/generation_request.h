// Converts a Generate call to requests for the engine.
#ifndef HIR_SERVICES_ROLLOUT_GENERATION_REQUEST_H_
#define HIR_SERVICES_ROLLOUT_GENERATION_REQUEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/engine/engine.h"
#include "hir/rollout/v1/rollout.pb.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// The stop texts and stop tokens of a call's StopSettings; a text that is a special token becomes
// its id.
struct Stops {
  std::vector<std::string> texts;
  std::vector<int32_t> tokens;  // The model's own, unless ignored, and the caller's.
};

// INVALID_ARGUMENT: too many texts or ids, a text that is empty or too long, an id outside the
// vocabulary.
absl::StatusOr<Stops> ReadStops(const Tokenizer& tokenizer,
                                const rollout::v1::StopSettings& settings);

// The engine's request for a prompt of the call, without callbacks and stop tokens. `variables` is
// a JSON object with defaults for the chat template's variables; may be empty.
// INVALID_ARGUMENT: none or several of messages, text and ids are given, a number of responses out
// of range, contradicting chat options, messages that the template refuses.
absl::StatusOr<GenerationRequest> ReadPrompt(const Tokenizer& tokenizer,
                                             const std::string& variables,
                                             const rollout::v1::GenerateRequest& call,
                                             const rollout::v1::Prompt& prompt);

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_GENERATION_REQUEST_H_
