#include "hir/engine/request_checks.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace hir {

absl::Status CheckOptions(const EngineOptions& options) {
  if (options.max_running_sequences < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "max_running_sequences is ", options.max_running_sequences, "; at least 1 is needed"));
  }
  if (options.deterministic && options.dtype != Dtype::kF32) {
    return absl::InvalidArgumentError("deterministic generation needs dtype f32");
  }
  return absl::OkStatus();
}

absl::Status CheckRequest(const GenerationRequest& request, const Architecture& architecture) {
  const GenerationSettings& s = request.settings;
  if (request.prompt.empty()) return absl::InvalidArgumentError("the prompt has no tokens");
  if (request.samples.empty())
    return absl::InvalidArgumentError("the request asks for no responses");
  for (const int32_t token : request.prompt) {
    if (token < 0 || token >= architecture.vocab_size) {
      return absl::InvalidArgumentError(absl::StrCat(
          "prompt token ", token, " is outside the vocabulary of ", architecture.vocab_size));
    }
  }
  if (static_cast<int64_t>(request.prompt.size()) >= architecture.max_position) {
    return absl::InvalidArgumentError(
        absl::StrCat("the prompt has ", request.prompt.size(), " tokens; the model's context of ",
                     architecture.max_position, " leaves no room for a response"));
  }
  if (!(s.temperature >= 0) || !std::isfinite(s.temperature)) {
    return absl::InvalidArgumentError(
        absl::StrCat("temperature is ", s.temperature, "; it must be finite and >= 0"));
  }
  if (!(s.top_p > 0 && s.top_p <= 1)) {
    return absl::InvalidArgumentError(absl::StrCat("top_p is ", s.top_p, "; it must be in (0, 1]"));
  }
  if (s.top_k < 0 || s.max_response_tokens < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("top_k is ", s.top_k, " and max_response_tokens is ", s.max_response_tokens,
                     "; they must be >= 0 and >= 1"));
  }
  if (s.min_tokens < 0 || s.min_tokens > s.max_response_tokens) {
    return absl::InvalidArgumentError(
        absl::StrCat("min_tokens is ", s.min_tokens, "; it must be from 0 to the ",
                     s.max_response_tokens, " tokens that a response may have"));
  }
  if (s.top_logprobs < 0 || s.top_logprobs > kMaxTopLogprobs) {
    return absl::InvalidArgumentError(absl::StrCat("top_logprobs is ", s.top_logprobs,
                                                   "; it must be from 0 to ", kMaxTopLogprobs));
  }
  if (request.stop_tokens.size() > kMaxStopTokens) {
    return absl::InvalidArgumentError(absl::StrCat(
        request.stop_tokens.size(), " stop tokens are given; ", kMaxStopTokens, " are possible"));
  }
  return absl::OkStatus();
}

}  // namespace hir
