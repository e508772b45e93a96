// A response as the policy drew it.
#ifndef HIR_DOMAIN_RESPONSE_H_
#define HIR_DOMAIN_RESPONSE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "hir/domain/entropy_source.h"
#include "hir/domain/weights_id.h"

namespace hir {

// How far rounding may take a log-probability above 0 or an entropy below it: both come from sums
// of rounded floats.
inline constexpr double kRounding = 1e-3;

// Why a response ended.
enum class FinishReason {
  kStop,    // A stop token was drawn, or whoever asked for the response ended it.
  kLength,  // Cut at the length limit.
};

// "stop" or "length", as in run folders and metrics.
const char* FinishReasonName(FinishReason reason);

// From `first_token` on, the tokens of a response were drawn with `weights`.
struct WeightsSpan {
  uint32_t first_token = 0;
  WeightsId weights;
};

// Spans of a response that is sent: one, or with the policy `keep` of swaps at most
// rollout.max_staleness + 1, since a learner that waits for the response makes no more versions.
inline constexpr int kMostSpans = 256;

// What a policy answered to one prompt.
struct Response {
  std::vector<int32_t> tokens;           // Includes the stop token if one was drawn; never empty.
  std::vector<float> log_probabilities;  // One per token, nats; see hir/generate/sampler.h.
  double entropy_mean = 0;               // Nats, over `tokens`; may be kRounding below 0.
  EntropySource entropy_source = EntropySource::kExact;  // Of entropy_mean.
  FinishReason finish_reason = FinishReason::kLength;
  std::vector<WeightsSpan> spans;  // At least one; the first begins at 0.
  std::string text;  // Decoded; need not be valid UTF-8. Empty until the tokens are decoded.
};

// The mean of -log p over drawn tokens with these log-probabilities (nats), at least one; nats.
//
// The expectation of -log p(x) over x ~ p is the entropy of p, so each term is an unbiased estimate
// of the entropy of the distribution that its token was drawn from. Where top_p or top_k leave
// tokens out, log-probabilities are still those of the full softmax but the drawn tokens are its
// likelier ones: the estimate is too low.
double SampledEntropy(absl::Span<const float> log_probabilities);

// Sets the mean entropy of `response` to SampledEntropy() and its source to kSampled. Whoever needs
// a sampled entropy takes this one, whatever the engine, so that runs compare.
void UseSampledEntropy(Response& response);

}  // namespace hir

#endif  // HIR_DOMAIN_RESPONSE_H_
