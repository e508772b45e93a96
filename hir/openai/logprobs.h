// Log-probabilities as OpenAI's interfaces show them.
#ifndef HIR_OPENAI_LOGPROBS_H_
#define HIR_OPENAI_LOGPROBS_H_

#include <cstdint>

#include "google/protobuf/repeated_ptr_field.h"
#include "hir/rollout/v1/rollout.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

using ScoredTokens = google::protobuf::RepeatedPtrField<rollout::v1::ScoredToken>;

// Of a chat's choice, for the tokens [begin, end).
nlohmann::json ChatLogprobs(const ScoredTokens& tokens, int begin, int end);

// Of a completion's choice: those of the prompt, whose first token has none, then of `tokens`
// [begin, end). `offset`: where their text begins in that of the choice, in characters; afterwards
// where it ends.
nlohmann::json CompletionLogprobs(const ScoredTokens& prompt, const ScoredTokens& tokens, int begin,
                                  int end, int64_t& offset);

}  // namespace hir

#endif  // HIR_OPENAI_LOGPROBS_H_
