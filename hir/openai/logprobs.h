// Log-probabilities in the formats of OpenAI's interfaces.
#ifndef HIR_OPENAI_LOGPROBS_H_
#define HIR_OPENAI_LOGPROBS_H_

#include <cstdint>

#include "google/protobuf/repeated_ptr_field.h"
#include "hir/rollout/v1/rollout.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

using ScoredTokens = google::protobuf::RepeatedPtrField<rollout::v1::ScoredToken>;

// The logprobs of a chat's choice, for the tokens [begin, end).
nlohmann::json ChatLogprobs(const ScoredTokens& tokens, int begin, int end);

// The logprobs of a completion's choice: first those of the prompt, whose first token has none,
// then those of `tokens` [begin, end). `offset` is the position, in characters, of their text in
// that of the choice; updated to its end.
nlohmann::json CompletionLogprobs(const ScoredTokens& prompt, const ScoredTokens& tokens, int begin,
                                  int end, int64_t& offset);

}  // namespace hir

#endif  // HIR_OPENAI_LOGPROBS_H_
