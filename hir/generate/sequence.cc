#include "hir/generate/sequence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "hir/base/random.h"

namespace hir {
namespace {

bool Contains(const std::vector<int32_t>& tokens, int32_t token) {
  return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

}  // namespace

void Group::ForgetPrompt() {
  prompt = nullptr;
  scores = nullptr;
  first.clear();
}

DrawSettings SettingsFor(const GenerationRequest& request, size_t index, size_t position) {
  const GenerationSettings& s = request.settings;
  // Keyed by the sample, not by the order of draws, so that every worker and every batch draws the
  // same.
  const double uniform =
      UniformAt(s.seed, request.key, request.samples[index], static_cast<uint32_t>(position));
  DrawSettings settings = {.temperature = s.temperature,
                           .top_k = s.top_k,
                           .top_p = s.top_p,
                           .uniform = uniform,
                           .excluded = {},
                           .top_logprobs = s.top_logprobs};
  if (position < static_cast<size_t>(s.min_tokens)) settings.excluded = request.stop_tokens;
  return settings;
}

bool Append(Sequence& sequence, Draw& draw, const WeightsId& weights) {
  const GenerationRequest& request = sequence.group->request;
  FinishedResponse& response = sequence.response;
  const uint32_t sample = sequence.sample();
  // Reported, so that it is not trained on. Other responses continue, since theirs may be finite.
  if (!std::isfinite(draw.log_probability)) {
    request.on_done(sample,
                    absl::InternalError("the model's logits are not finite; check its weights"));
    return true;
  }
  if (response.spans.empty() || !(response.spans.back().weights == weights)) {
    response.spans.push_back({static_cast<uint32_t>(response.tokens.size()), weights});
  }
  response.tokens.push_back(draw.token);
  response.log_probabilities.push_back(draw.log_probability);
  sequence.entropy_sum += draw.entropy;
  const ScoredToken token{draw.token, draw.log_probability, std::move(draw.likeliest)};
  // Called for every token, also the last one, so that the watcher sees the whole response.
  const bool ended = request.on_token && request.on_token(sample, token);
  const bool stopped = ended || Contains(request.stop_tokens, draw.token);
  if (request.settings.top_logprobs > 0) response.likeliest.push_back(token.likeliest);
  const int64_t length = static_cast<int64_t>(response.tokens.size());
  if (!stopped && length < sequence.group->response_limit) return false;
  response.key = request.key;
  response.sample = sample;
  response.finish_reason = stopped ? FinishReason::kStop : FinishReason::kLength;
  response.entropy_mean = sequence.entropy_sum / static_cast<double>(length);
  request.on_done(sample, std::move(response));
  return true;
}

}  // namespace hir
