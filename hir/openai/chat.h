// OpenAI's chat completions, as JSON, and the Generate call that makes them.
#ifndef HIR_OPENAI_CHAT_H_
#define HIR_OPENAI_CHAT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/rollout/v1/rollout.pb.h"

namespace hir {

// A request of the interface: one prompt, its number of responses, the sampling. With
// `generate.stream_text` the answer is sent piece by piece.
struct ChatRequest {
  rollout::v1::GenerateRequest generate;
};

// Reads model, messages, max_tokens (or max_completion_tokens; 1024 when not given), temperature,
// top_p, top_k (0 or none keeps all), n, seed and stream. What does not change the answer (user, metadata ...) is passed over; what would
// and can't be done (stop, logprobs, tools, penalties, response_format ...) is refused.
//
// `key` and `random_seed` stand for the request in the random numbers where it gives no seed; equal
// requests with a seed get equal answers from equal weights.
// INVALID_ARGUMENT: names the field and what is wrong. NOT_FOUND: another model than `model`.
absl::StatusOr<ChatRequest> ParseChatRequest(std::string_view body, const std::string& model,
                                             uint64_t key, uint64_t random_seed);

// Of one answer.
struct Completion {
  std::string id;
  std::string model;
  int64_t created = 0;  // Seconds since 1970.
};

// The whole answer: `responses` are done, one a choice, in order.
std::string CompletionJson(const Completion& completion,
                           const std::vector<rollout::v1::GenerateResponse>& responses);
// One piece of a streamed answer, as a line of text/event-stream.
std::string CompletionEvent(const Completion& completion,
                            const rollout::v1::GenerateResponse& response);

// An error as OpenAI writes it, and its HTTP status.
std::string ErrorJson(const absl::Status& status);
int HttpStatusOf(const absl::Status& status);

}  // namespace hir

#endif  // HIR_OPENAI_CHAT_H_
