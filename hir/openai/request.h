// The common part of OpenAI's two interfaces: a request as a call of Generate, and what its answer
// must contain.
#ifndef HIR_OPENAI_REQUEST_H_
#define HIR_OPENAI_REQUEST_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "hir/openai/fields.h"
#include "hir/rollout/v1/rollout.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

// A parsed request. With `generate.stream_text` the answer is streamed. The keys of the prompts are
// their numbers, from 0; each has `choices` responses.
struct CompletionRequest {
  OpenAiInterface interface = OpenAiInterface::kChat;
  rollout::v1::GenerateRequest generate;
  uint32_t choices = 1;    // A prompt.
  bool echo = false;       // The text begins with the prompt.
  bool token_ids = false;  // Of prompts and responses.
  bool logprobs = false;
  bool include_usage = false;  // A streamed answer ends with its usage.
};

// The served model and the seed for requests that have none. Equal requests with a seed get equal
// answers from equal weights.
struct RequestContext {
  std::string model;
  uint64_t seed = 0;
};

// NOT_FOUND, worded like OpenAI's servers: the client asked for the model `named`, not `model`.
absl::Status OtherModelError(const nlohmann::ordered_json& named, const std::string& model);

// Reads the fields that both interfaces share, except logprobs: model, n, max_tokens or
// max_completion_tokens (`default_tokens` when neither is given), temperature, top_p, top_k, seed,
// stream, stream_options, stop, stop_token_ids, ignore_eos, min_tokens and return_token_ids.
// INVALID_ARGUMENT names the field and what is wrong with it. NOT_FOUND: another model.
absl::Status ReadSharedFields(const nlohmann::ordered_json& fields, const RequestContext& context,
                              int64_t default_tokens, CompletionRequest& request);

}  // namespace hir

#endif  // HIR_OPENAI_REQUEST_H_
